/* The encoding as clocks: a hand for each frequency, a second one some positions further, and their dot product. */
(() => {
  "use strict";
  const { figure, html, svg, labelled, dot } = window.seq2vit;
  /* Measures of the drawing; seq2vit/figures/positions.py has the same. */
  const ACROSS = 4, CELL = 78, TALL = 100, RADIUS = 29, FIRST = 34, BAR = 26, WIDE = 312, HIGH = 210, FOOT = 176, REACH = 40;
  const LAST = 999, TURN = 2 * Math.PI, BEAT = 300;

  const encode = (frequencies, place) => frequencies.flatMap((f) => [Math.sin(f * place), Math.cos(f * place)]);
  const compute = ({ frequencies }, place, further) => {
    const here = encode(frequencies, place), there = encode(frequencies, place + further);
    return { here, there, dot: dot(here, there) };
  };
  const clamp = (x, low, high) => Math.max(low, Math.min(high, x));
  const spelled = (wavelength) => wavelength.toFixed(wavelength < 10 ? 1 : 0);

  figure("clock", (root, data) => {
    const { frequencies } = data, n = frequencies.length;
    const middle = FIRST + Math.ceil(n / ACROSS) * TALL + BAR - 18, width = WIDE / (2 * n);
    let { place, further } = data, playing = null;

    /* ---- The clocks, and the bars below them */
    const label = (x, y, words, more = {}) => svg("text", { x, y, "text-anchor": "middle", ...more }, words);
    const hand = (kind) => svg("g", { class: "s2v-clock-turns" },
      svg("line", { x1: 0, y1: 0, x2: 0, y2: 3 - RADIUS, class: `s2v-clock-hand s2v-clock-${kind}` }));
    const clocks = frequencies.map((f, i) => {
      const made = { here: hand("here"), there: hand("there"), slice: svg("path", { class: "s2v-clock-slice" }) };
      /* The slice hangs on the first hand and turns with it: its form depends on the offset alone. */
      made.here.prepend(made.slice);
      made.face = svg("g", { class: "s2v-clock-grip", "data-clock": i,
        transform: `translate(${CELL * (i % ACROSS + 0.5)} ${FIRST + TALL * Math.floor(i / ACROSS)})` },
      svg("circle", { r: RADIUS, class: "s2v-clock-face" }), svg("line", { y1: -RADIUS, y2: 4 - RADIUS, class: "s2v-wire" }),
      made.there, made.here, svg("circle", { r: 2.5, fill: "currentColor" }),
      label(0, RADIUS + 17, `clock ${i}`), label(0, RADIUS + 32, spelled(TURN / f), { class: "s2v-clock-small" }));
      return made;
    });
    const bars = (kind) => Array.from({ length: 2 * n }, (_, j) =>
      svg("rect", { x: width * j + 3, width: width - 6, class: `s2v-clock-bar s2v-clock-${kind}` }));
    const here = bars("here"), there = bars("there");
    const dial = svg("svg", { viewBox: `0 0 ${WIDE} ${middle + BAR + 20}`, width: WIDE, height: middle + BAR + 20, role: "img",
      "aria-label": "A clock for each frequency with a solid hand at the position and a dashed one further on by the offset; below, sine "
        + "and cosine of each clock as bars, outlined for the second position" },
    ...clocks.map((c) => c.face), svg("line", { x1: 0, y1: middle, x2: WIDE, y2: middle, class: "s2v-wire" }),
    ...here, ...there, ...frequencies.map((_, i) => label(width * (2 * i + 1), middle + BAR + 14, i)));

    /* ---- The dot product by distance */
    const dots = Array.from({ length: 2 * REACH + 1 }, (_, j) => compute(data, 0, j - REACH).dot);
    const low = Math.min(0, ...dots), step = (WIDE / 2 - 14) / REACH;
    const across = (k) => WIDE / 2 + k * step, up = (value) => FOOT - (value - low) / (n - low) * (FOOT - 34);
    const point = svg("circle", { r: 6, class: "s2v-clock-point" });
    const foot = svg("line", { y2: FOOT, class: "s2v-foot" });
    const curve = svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, width: WIDE, height: HIGH, role: "img", class: "s2v-clock-curve",
      "aria-label": "The dot product of the two encodings by the offset: highest at zero, the same on either side" },
    svg("rect", { width: WIDE, height: HIGH, fill: "none", "pointer-events": "all" }),
    label(WIDE / 2, 16, "dot product of the two, by offset"),
    svg("line", { x1: 0, y1: FOOT, x2: WIDE, y2: FOOT, class: "s2v-wire" }), foot,
    label(WIDE / 2 + 12, 38, n, { "text-anchor": "start" }), label(0, FOOT - 4, (low || 0).toFixed(0), { "text-anchor": "start" }),
    svg("polyline", { points: dots.map((d, j) => `${across(j - REACH)},${up(d)}`).join(" "), class: "s2v-wire" }), point,
    ...[-40, -20, 0, 20, 40].map((k) => label(across(k), FOOT + 18, k)));
    root.querySelector(".s2v-drawing").replaceChildren(dial, curve);
    root.classList.add("s2v-clock");

    /* ---- Words */
    const where = html("p"), turned = html("p"), live = html("div", { class: "s2v-state", "aria-live": "polite" }, where, turned);
    root.querySelector("p.s2v-state").replaceWith(live);
    const round = (f, t) => (f * t / TURN).toFixed(2);
    const say = (value) => {
      const last = n - 1;
      where.textContent = `Position ${place}: since position 0 clock 0 has made ${round(frequencies[0], place)} turns, clock ${last} `
        + `${round(frequencies[last], place)}.`;
      turned.textContent = further === 0 ? `Offset 0: the two hands are one. Dot product ${value.toFixed(2)}, the largest there is.`
        : `Position ${place + further}: from ${place}, an offset of ${further} turns `
          + `${frequencies.slice(0, 3).map((f, i) => `clock ${i} by ${round(f, further)}`).join(", ")} turns, wherever you start. `
          + `Dot product ${value.toFixed(2)} of ${n}.`;
    };

    const bar = (rect, value) => {
      rect.setAttribute("y", middle - Math.max(0, value) * BAR);
      rect.setAttribute("height", Math.abs(value) * BAR);
    };
    const show = (glide = false) => {
      const found = compute(data, place, further);
      dial.classList.toggle("s2v-clock-glide", glide);
      clocks.forEach(({ here: now, there: then, slice }, i) => {
        now.style.transform = `rotate(${frequencies[i] * place}rad)`;
        then.style.transform = `rotate(${frequencies[i] * (place + further)}rad)`;
        const angle = frequencies[i] * further % TURN, r = RADIUS - 9;
        slice.setAttribute("d", `M0 0V${-r}A${r} ${r} 0 ${Math.abs(angle) > Math.PI ? 1 : 0} ${angle > 0 ? 1 : 0} `
          + `${r * Math.sin(angle)} ${-r * Math.cos(angle)}Z`);
      });
      found.here.forEach((value, j) => bar(here[j], value));
      found.there.forEach((value, j) => bar(there[j], value));
      point.setAttribute("cx", across(further));
      point.setAttribute("cy", up(found.dot));
      foot.setAttribute("x1", across(further));
      foot.setAttribute("x2", across(further));
      foot.setAttribute("y1", up(found.dot));
      places.value = place;
      steps.value = further;
      atPlace.textContent = place;
      atStep.textContent = further;
      say(found.dot);
    };

    /* ---- Controls */
    const stop = () => {
      clearInterval(playing);
      playing = null;
      play.textContent = "Play";
      live.setAttribute("aria-live", "polite");
    };
    const go = (to, glide = false) => { place = clamp(Math.round(to), 0, LAST); show(glide); };
    const apart = (k) => { further = clamp(Math.round(k), -REACH, REACH); show(); };
    const range = (attributes, input) => html("input", { type: "range", step: 1, ...attributes, input });
    const places = range({ min: 0, max: LAST }, () => { stop(); go(+places.value); });
    const steps = range({ min: -REACH, max: REACH }, () => apart(+steps.value));
    const atPlace = html("output"), atStep = html("output");
    const button = (words, click) => html("button", { type: "button", class: "s2v-button", click }, words);
    const calm = matchMedia("(prefers-reduced-motion: reduce)");
    const play = button("Play", () => {
      if (playing) { stop(); show(); return; }
      if (place === LAST) go(0);
      play.textContent = "Pause";
      live.setAttribute("aria-live", "off"); // a voice could not follow
      playing = setInterval(() => { if (place === LAST) stop(); else go(place + 1, true); }, calm.matches ? 3 * BEAT : BEAT);
    });
    const control = (words, input, value) => {
      const made = labelled(words, input);
      made.append(value);
      return made;
    };
    root.querySelector(".s2v-drawing").before(
      html("div", { class: "s2v-controls" }, control("Position", places, atPlace), control("Offset", steps, atStep)),
      html("div", { class: "s2v-controls" }, button("Back one", () => { stop(); go(place - 1, true); }),
        button("On by one", () => { stop(); go(place + 1, true); }), play));

    /* A clock can be wound by its face, and the offset be drawn along the curve, with mouse, pen or finger. */
    const at = (drawing, event) =>
      new DOMPoint(event.clientX, event.clientY).matrixTransform(drawing.getScreenCTM().inverse());
    const drag = (node, down, move) => {
      let held = false;
      node.addEventListener("pointerdown", (event) => {
        if (event.button !== 0) return;
        event.preventDefault();
        held = true;
        node.setPointerCapture(event.pointerId);
        down(event);
      });
      node.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
      node.addEventListener("pointermove", (event) => { if (held) move(event); });
      for (const end of ["pointerup", "pointercancel"]) node.addEventListener(end, () => { held = false; });
    };
    clocks.forEach(({ face }, i) => {
      let angle = 0, exact = 0;
      const points = (event) => { const { x, y } = at(face, event); return Math.atan2(x, -y); };
      drag(face, (event) => { stop(); angle = points(event); exact = place; }, (event) => {
        const now = points(event), by = ((now - angle + 3 * Math.PI) % TURN) - Math.PI;
        angle = now;
        exact = clamp(exact + by / frequencies[i], 0, LAST);
        go(exact);
      });
    });
    const draw = (event) => apart((at(curve, event).x - WIDE / 2) / step);
    drag(curve, draw, draw);
    show();
    return { compute: (t, k) => compute(data, t, k), place: () => place, further: () => further };
  });
})();
