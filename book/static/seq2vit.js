// What no style sheet can do for a page of this site. Everything can be read without this script.
(() => {
  "use strict";

  // On paper a page is light, whatever the reader's screen is, and nothing is folded.
  const root = document.documentElement;
  let before = null;
  const toPaper = () => {
    if (before) return;
    const folded = [...document.querySelectorAll("article details:not([open], .toggle-details)")];
    before = { theme: root.dataset.theme, folded };
    root.dataset.theme = "light";
    for (const details of folded) details.open = true;
  };
  const toScreen = () => {
    if (!before) return;
    root.dataset.theme = before.theme;
    for (const details of before.folded) details.open = false;
    before = null;
  };
  addEventListener("beforeprint", toPaper);
  addEventListener("afterprint", toScreen);
  matchMedia("print").addEventListener("change", (paper) => (paper.matches ? toPaper() : toScreen()));

  // A formula that is too wide for the screen can be scrolled by keyboard, and says that it can.
  const formulas = document.querySelectorAll(".formula-block > .katex-display");
  const fit = () => {
    for (const formula of formulas) {
      if (formula.scrollWidth > formula.clientWidth) {
        formula.tabIndex = 0;
        formula.setAttribute("role", "group");
        formula.setAttribute("aria-label", "formula, scrolls sideways");
      } else {
        for (const name of ["tabindex", "role", "aria-label"]) formula.removeAttribute(name);
      }
    }
  };
  const watch = new ResizeObserver(fit);
  formulas.forEach((formula) => watch.observe(formula));
  document.fonts.ready.then(fit);
})();
