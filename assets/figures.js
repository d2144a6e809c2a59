/* Figures: plain dicts in `data-figure` that carry token names such as "--accent"; they become colours here, so
   that one figure fits both themes. */
(function () {
  "use strict";
  const root = document.documentElement, pad = window.pad;

  function coloured(value, style) {
    if (typeof value === "string") return value.startsWith("--") ? style.getPropertyValue(value).trim() : value;
    if (Array.isArray(value)) return value.map((entry) => coloured(entry, style));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, coloured(entry, style)]));
    }
    return value;
  }

  function thinned(axis) {
    const step = axis && axis.tickvals ? Math.ceil(axis.tickvals.length / 4) : 1;
    if (step === 1) return axis;
    const kept = (values) => values && values.filter((_, at) => at % step === 0);
    return Object.assign({}, axis, { tickvals: kept(axis.tickvals), ticktext: kept(axis.ticktext) });
  }

  const drawn = new WeakMap();
  function draw(place) {
    if (!window.Plotly || !place.offsetParent) return;
    const text = place.dataset.figure, narrow = place.clientWidth < 480;
    const key = text + root.dataset.bsTheme + narrow;
    if (drawn.get(place) === key) return;
    drawn.set(place, key);
    const style = getComputedStyle(root);
    const figure = coloured(JSON.parse(text), style);
    const layout = Object.assign({ template: { layout: coloured(pad.given.template, style) } }, figure.layout);
    if (narrow) { // no room for labels at the line's end, nor for many ticks; the summary and the table say the same
      layout.xaxis = thinned(layout.xaxis);
      layout.margin = Object.assign({}, layout.margin, { r: 12 });
      layout.annotations = (layout.annotations || []).filter((entry) => entry.name !== "end");
    }
    window.Plotly.react(place, figure.data, layout, { displayModeBar: false, responsive: true, scrollZoom: false });
  }

  pad.redraw = () => document.querySelectorAll("[data-figure]").forEach(draw);
  new MutationObserver(pad.redraw).observe(root, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-figure"] });
  pad.redraw();
})();
