// What a runtime on the command line starts: it prints what the default export of the module in its argument returns.
const { default: answer } = await import(process.argv[2]);
console.log(JSON.stringify(await answer()));
