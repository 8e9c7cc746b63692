/* The interactive figures of all pages: what they share, and the loader.

   A figure is <div class="s2v-figure" data-figure="KIND"> with a still and its data as JSON. Its code is in
   figures/KIND.js, fetched only by pages that show such a figure; it calls
   seq2vit.figure("KIND", (root, data) => ...) once. A classic script in a function of its own, and not a module:
   browsers refuse modules to pages opened from a folder. */
(() => {
  "use strict";
  const base = document.currentScript.src;
  const started = new Map(); // kind -> the function that brings a figure of this kind to life

  /* An element with attributes and children; a value that is a function listens. Made for HTML and for SVG. */
  const maker = (create) => (tag, attributes = {}, ...children) => {
    const node = create(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === "function") node.addEventListener(name, value);
      else if (value !== false && value != null) node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children);
    return node;
  };
  const html = maker((tag) => document.createElement(tag));
  const svg = maker((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));

  /* A native control with its label, in one line of a figure's controls. */
  let count = 0;
  const labelled = (words, control) => {
    control.id = control.id || `s2v-control-${++count}`;
    return html("div", { class: "s2v-control" }, html("label", { for: control.id }, words), control);
  };

  /* One choice out of many as native radio buttons: mouse, touch, arrow keys and screen readers come with them.
     `names` are what a screen reader says; give words for a token that is only a space or a sign. */
  const choice = (words, tokens, names, chosen, change) => {
    const group = `s2v-choice-${++count}`;
    return html("fieldset", { class: "s2v-choice" }, html("legend", {}, words), ...tokens.map((token, i) => {
      const radio = html("input", { type: "radio", name: group, value: i, checked: i === chosen, "aria-label": names[i],
        change: () => change(i) });
      return html("label", {}, radio, html("span", { "aria-hidden": "true" }, token));
    }));
  };

  /* The arithmetic that the figures share: vectors are lists. */
  const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0);
  const softmax = (x) => {
    const top = Math.max(...x), e = x.map((v) => Math.exp(v - top)), total = e.reduce((a, b) => a + b, 0);
    return e.map((v) => v / total);
  };

  /* A network's weights by name, as the page carries them: a scale times signed bytes. Lists of rows (a vector is one row). */
  const unpack = (weights) => Object.fromEntries(Object.entries(weights).map(([name, [scale, shape, text]]) => {
    const bytes = Int8Array.from(atob(text), (c) => c.charCodeAt(0)), width = shape[shape.length - 1], rows = [];
    for (let i = 0; i < bytes.length; i += width) rows.push(Array.from(bytes.subarray(i, i + width), (b) => b * scale));
    return [name, rows];
  }));

  const start = (root) => {
    if (root.dataset.live) return;
    root.dataset.live = "yes";
    const data = JSON.parse(root.querySelector('script[type="application/json"]').textContent);
    root.figure = started.get(root.dataset.figure)(root, data);
  };
  const figure = (kind, bring) => {
    started.set(kind, bring);
    document.querySelectorAll(`.s2v-figure[data-figure="${kind}"]`).forEach(start);
  };
  window.seq2vit = { ...window.seq2vit, figure, html, svg, labelled, choice, dot, softmax, unpack };

  const load = () => {
    const kinds = new Set([...document.querySelectorAll(".s2v-figure")].map((root) => root.dataset.figure));
    for (const kind of kinds) {
      document.head.append(html("script", { src: new URL(`figures/${kind}.js`, base).href }));
    }
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", load);
  else load();
})();
