// VitePress's own theme in our colours, with the figures of the home page.

import DefaultTheme from 'vitepress/theme';
import Figures from './Figures.vue';
import './style.css';

export default {
  extends: DefaultTheme,
  enhanceApp({ app }: { app: { component(name: string, component: unknown): void } }) {
    app.component('Figures', Figures);
  },
};
