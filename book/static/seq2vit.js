// What no style sheet can do for a page of this site. Everything can be read without this script.
(() => {
  "use strict";

  // On paper a page is light, whatever the reader's screen is.
  const root = document.documentElement;
  let before = null;
  const toPaper = () => {
    if (before === null) before = root.dataset.theme;
    root.dataset.theme = "light";
  };
  const toScreen = () => {
    if (before !== null) root.dataset.theme = before;
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
        formula.setAttribute("role", "region");
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
