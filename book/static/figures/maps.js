/* Choose a scene and a word: the map of that word over its picture, and how much of it lies on the object that the
   word names. Words and maps are those of the captioner that the page trained. */
(() => {
  "use strict";
  const { figure, html, svg, choice } = window.seq2vit;
  const SIDE = 288, ROW = 24, LEFT = 76, BAR = 150, TOP = 34, SHADE = 0.6, STOP = "[STOP]";
  const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);

  /* How much of the strip from a to b, fractions of the picture, lies in the k-th of n equal parts: 0 to 1. */
  const share = (a, b, k, n) => Math.max(0, Math.min(b, (k + 1) / n) - Math.max(a, k / n)) * n;

  figure("maps", (root, data) => {
    const [gridH, gridW] = data.grid, cells = gridH * gridW;
    const drawing = root.querySelector(".s2v-drawing");
    const verdict = html("p"), look = html("p");
    root.querySelector("p.s2v-state").replaceWith(
      html("div", { class: "s2v-state", "aria-live": "polite" }, verdict, look));

    /* The cells of an object: those that its box covers by a quarter or more. */
    const cellsOf = ([top, left, bottom, right]) => Array.from({ length: cells }, (_, k) => k).filter((k) =>
      share(top, bottom, Math.floor(k / gridW), gridH) * share(left, right, k % gridW, gridW) >= 0.25);
    const mapOf = (i, t) => data.scenes[i].maps[t].map((w) => w / 1e4);

    /* For each written word: is it right, what of its map lies on its object, and what of a uniform one would. */
    const score = (i) => data.scenes[i].words.map((word, t) => {
      const { boxes, caption } = data.scenes[i], map = mapOf(i, t);
      const truth = t < caption.length ? caption[t] : t === caption.length ? STOP : null;
      if (t >= boxes.length) return { word, truth, right: word === truth, on: null, uniform: null };
      const own = cellsOf(boxes[t]);
      return { word, truth, right: word === truth, on: sum(own.map((k) => map[k])), uniform: own.length / cells };
    });

    let scene = 0, word = 0, scored = [], shades = [], rows = [], marks = {}, words = choice("", [], [], 0, () => {});

    const picture = () => {
      const shown = data.scenes[scene], width = SIDE / gridW, height = SIDE / gridH;
      marks.image = svg("image", { width: SIDE, height: SIDE, href: shown.image });
      shades = Array.from({ length: cells }, (_, k) => svg("rect", { class: "s2v-maps-shade", "data-cell": k,
        x: (k % gridW) * width, y: Math.floor(k / gridW) * height, width, height, click: () => most(k) }));
      marks.box = svg("rect", { class: "s2v-truth s2v-maps-box" });
      marks.window = svg("rect", { class: "s2v-maps-window", visibility: "hidden" });
      return svg("svg", { viewBox: `0 0 ${SIDE} ${SIDE}`, width: SIDE, height: SIDE, role: "img", class: "s2v-maps-picture",
        "aria-label": `The picture, ${shown.sentence}, bright where the captioner looked` }, marks.image, ...shades, marks.box, marks.window);
    };

    const chart = () => {
      const height = TOP + ROW * scored.length;
      rows = scored.map(({ word: said, right, on, uniform }, t) => {
        const y = TOP + ROW * t;
        const parts = [
          svg("rect", { class: "s2v-maps-hit", x: 0, y, width: LEFT + BAR + 44, height: ROW }),
          svg("text", { x: LEFT - 8, y: y + 17, "text-anchor": "end" }, right ? said : `✗ ${said}`),
        ];
        if (on === null) parts.push(svg("text", { x: LEFT, y: y + 17, class: "s2v-maps-none" }, "names no object"));
        else {
          parts.push(
            svg("rect", { x: LEFT, y: y + 4, width: BAR, height: ROW - 8, class: "s2v-maps-range" }),
            svg("rect", { x: LEFT, y: y + 4, width: BAR * on, height: ROW - 8, class: "s2v-maps-bar" }),
            svg("line", { x1: LEFT + BAR * uniform, x2: LEFT + BAR * uniform, y1: y + 1, y2: y + ROW - 1, class: "s2v-maps-tick" }),
            svg("text", { x: LEFT + BAR + 8, y: y + 17 }, on.toFixed(2)));
        }
        return svg("g", { class: "s2v-row", "data-row": t, click: () => pick(t) }, ...parts);
      });
      return svg("svg", { viewBox: `0 0 ${LEFT + BAR + 44} ${height}`, width: LEFT + BAR + 44, height, role: "img",
        "aria-label": "For each word, how much of its map lies on the object that it names" },
      svg("text", { x: 0, y: 12 }, "Share of the map on the named object"),
      svg("line", { x1: LEFT, x2: LEFT, y1: 19, y2: 31, class: "s2v-maps-tick" }),
      svg("text", { x: LEFT + 7, y: 29 }, "a uniform map"), ...rows);
    };

    /* A cell was clicked: which word looked at it most? */
    const most = (k) => pick(data.scenes[scene].maps.map((map) => map[k]).reduce((best, w, t, all) => w > all[best] ? t : best, 0));

    /* Lay a frame over the picture: top, left, bottom, right as fractions. */
    const place = (frame, [top, left, bottom, right]) =>
      Object.entries({ x: left, y: top, width: right - left, height: bottom - top })
        .forEach(([name, value]) => frame.setAttribute(name, (SIDE * value).toFixed(1)));

    const pick = (t) => {
      word = t;
      const shown = data.scenes[scene], { word: said, truth, right, on, uniform } = scored[t];
      const maps = all.checked ? shown.maps.slice(0, t + 1).map((_, n) => mapOf(scene, n)) : [mapOf(scene, t)];
      const map = shades.map((_, k) => sum(maps.map((one) => one[k])));
      /* One map is as bright as it can be; totals have a fixed scale, on which 1 is bright. */
      const top = Math.max(...map), best = map.indexOf(top), bright = all.checked ? 1 : top;
      shades.forEach((cell, k) => cell.setAttribute("fill-opacity", (SHADE * Math.max(0, 1 - map[k] / bright)).toFixed(3)));
      marks.image.setAttribute("href", coarse.checked ? shown.small : shown.image);
      marks.image.setAttribute("class", coarse.checked ? "s2v-maps-coarse" : "");
      const box = truthful.checked && shown.boxes[t];
      marks.box.setAttribute("visibility", box ? "visible" : "hidden");
      if (box) place(marks.box, box);
      marks.window.setAttribute("visibility", saw.checked ? "visible" : "hidden");
      if (saw.checked) {
        const [rows, columns] = [data.sees[Math.floor(best / gridW)], data.sees[best % gridW]];
        place(marks.window, [rows[0], columns[0], rows[1], columns[1]]);
      }
      rows.forEach((row, n) => row.classList.toggle("s2v-chosen", n === t));
      const radio = words.querySelectorAll("input")[t];
      if (radio) radio.checked = true;
      const where = `row ${Math.floor(best / gridW) + 1}, column ${best % gridW + 1}`;
      if (all.checked) {
        look.textContent = `The maps of words 1 to ${t + 1} added up: most at ${where}, with ${top.toFixed(2)}; `
          + `${map.filter((w) => w < 0.1).length} of ${cells} cells have less than 0.10. `
          + "A cell is fully bright from a total of 1 on; the bars stay those of single words.";
        return;
      }
      look.textContent = `Word ${t + 1}, “${said}”: looked most at ${where} (${top.toFixed(2)}). `
        + (on === null ? "It names no object."
          : `Of its map, ${on.toFixed(2)} lies on the object ${right ? "that it names" : `of the true word, “${truth}”`}; `
            + `of a uniform map, ${uniform.toFixed(2)} would.`);
    };

    const show = (i) => {
      scene = i;
      scored = score(i);
      const { words: said, sentence } = data.scenes[i], wrong = scored.filter(({ right }) => !right).length;
      drawing.replaceChildren(picture(), chart());
      const old = words;
      words = choice("Written word", said, said.map((token, t) => `Word ${t + 1}: ${token}`), 0, pick);
      old.replaceWith(words);
      verdict.textContent = `The scene shows ${sentence}. `
        + (wrong || said[said.length - 1] !== STOP ? `Of the ${said.length} words written, ${wrong} ${wrong === 1 ? "is" : "are"} not the true one.`
          : "Every word is right.");
      pick(0);
    };

    const tick = (name, checked) => {
      const input = html("input", { type: "checkbox", checked, change: () => pick(word) });
      return [input, html("label", { class: "s2v-maps-switch" }, input, html("span", {}, name))];
    };
    const [truthful, first] = tick("True box", true);
    const [all, second] = tick("Add up the maps so far (total per cell)", false);
    const [coarse, third] = tick("As the network sees it", false);
    const [saw, fourth] = tick("What the cell saw", false);
    if (!data.sees) fourth.hidden = true;
    const scenes = choice("Scene", data.scenes.map(({ small }) =>
      html("i", { class: "s2v-maps-thumb", style: `background-image:url("${small}")` })),
    data.scenes.map(({ sentence }, i) => `Scene ${i + 1}: ${sentence}`), 0, show);
    drawing.before(scenes, words, html("div", { class: "s2v-controls" }, first, fourth, second, third));
    show(0);
    return { score, show, pick, most };
  });
})();
