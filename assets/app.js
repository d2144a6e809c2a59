/* Small things that need no server: theme before the first paint, links that keep the page, menus, card views. */
/* `pad` is where our scripts meet: figures.js adds redraw(), views.js adds show(). */
(function () {
  "use strict";
  const root = document.documentElement;
  const pad = (window.pad = { given: JSON.parse(root.dataset.given), redraw() {} });
  const media = window.matchMedia("(prefers-color-scheme: dark)");

  function applyTheme() {
    const choice = root.dataset.themeChoice;
    const dark = choice === "dark" || (choice === "system" && media.matches);
    root.dataset.bsTheme = dark ? "dark" : "light";
  }
  applyTheme();
  media.addEventListener("change", () => { applyTheme(); pad.redraw(); });

  /* a session that has ended on an open page: sign in, and come back to this very view */
  const ask = window.fetch.bind(window);
  window.fetch = async (...given) => {
    const answer = await ask(...given);
    if (answer.ok && /^\/(view\/|_dash-update)/.test(new URL(answer.url || "/", location.href).pathname)) { checked = Date.now(); tick(); }
    if (answer.status === 401) location.assign("/login?next=" + encodeURIComponent(location.pathname + location.search));
    return answer;
  };

  /* When the server was last asked, beside the day to which its data reaches: two times, never confused. */
  let checked = Date.now();
  function age(seconds) {
    if (seconds < 60) return Math.floor(seconds / 10) * 10 + " s"; // a clock that runs by the second draws the eye
    return seconds < 7200 ? Math.floor(seconds / 60) + " min" : Math.floor(seconds / 3600) + " h";
  }
  function tick() {
    const seconds = Math.floor((Date.now() - checked) / 1000);
    document.querySelectorAll(".checked").forEach((place) => {
      const said = seconds < 10 ? place.dataset.now : place.dataset.words.replace("{age}", age(seconds));
      if (place.textContent !== said) place.textContent = said;
    });
  }
  setInterval(tick, 1000);
  document.addEventListener("DOMContentLoaded", tick);

  function mark() {
    const page = location.pathname.split("/")[1];
    document.querySelectorAll(".nav-item[href], .tab-item[href]").forEach((item) => {
      if (item.getAttribute("href") === "/" + page) item.setAttribute("aria-current", "page");
      else item.removeAttribute("aria-current");
    });
    const title = document.querySelector("#page-title");
    if (title && title.textContent) document.title = title.textContent + " · " + document.title.split(" · ").pop();
  }

  function visit(address) {
    const target = new URL(address, location.href);
    const moved = target.pathname !== location.pathname;
    const needs = pad.given.needs[target.pathname.split("/")[1]] || [];
    const ready = needs.every((name) => document.querySelector(`script[src*="/${name}/"]`));
    if (!pad.alive() || (moved && !ready)) { location.assign(address); return; }
    const shown = !moved && pad.show(target.search);
    history.pushState({}, "", address);
    if (shown) return;
    if (moved) window.scrollTo(0, 0);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate")); // Dash's location component reads the address
    setTimeout(mark, 0);
  }
  window.addEventListener("popstate", () => { pad.show(); setTimeout(mark, 0); });

  /* what only shows something comes as text in an attribute of its place, and is put there as HTML */
  const inert = new WeakMap();
  function fillInert() {
    document.querySelectorAll("[data-inert]").forEach((place) => {
      const html = place.dataset.inert;
      if (inert.get(place) === html) return;
      inert.set(place, html);
      place.innerHTML = html;
      const named = location.hash.length > 1 && place.querySelector("#" + CSS.escape(decodeURIComponent(location.hash.slice(1))));
      if (named) { named.classList.add("named"); named.scrollIntoView({ block: "center" }); }
    });
  }
  new MutationObserver(fillInert).observe(root, { subtree: true, childList: true, attributeFilter: ["data-inert"] });

  function closePops(except) {
    document.querySelectorAll("details.pop[open]").forEach((pop) => { if (pop !== except && !pop.contains(except)) pop.open = false; });
  }

  /* the one menu of all cards goes into the card that opens it, with what that card can do */
  let menu = null;
  function fillMenu(pop) {
    menu = menu || document.getElementById("card-menu").content.firstElementChild;
    const able = JSON.parse(pop.dataset.menu);
    menu.querySelectorAll("[data-entry]").forEach((entry) => {
      const given = able[entry.dataset.entry];
      entry.hidden = !given;
      Object.entries(given || {}).forEach(([name, value]) => entry.setAttribute(name, value));
    });
    sayCopied(false);
    pop.append(menu);
  }
  function sayCopied(done) {
    const words = menu.querySelector("[data-copied]");
    words.dataset.words = words.dataset.words || words.textContent;
    words.textContent = done ? words.dataset.copied : words.dataset.words;
  }

  /* without a secure address a browser keeps its clipboard to itself: the link then stands in the address bar */
  async function copyLink(name) {
    const address = new URL("#" + encodeURIComponent(name), location.href).href;
    try { await navigator.clipboard.writeText(address); } catch { history.replaceState(history.state, "", address); }
    sayCopied(true);
  }

  /* the card that an address names behind its '#' */
  pad.showNamed = () => {
    const name = decodeURIComponent(location.hash.slice(1));
    const place = name && document.querySelector(`[data-name="${CSS.escape(name)}"]`);
    if (place) place.scrollIntoView({ block: "center" });
  };
  document.addEventListener("DOMContentLoaded", pad.showNamed);

  /* the focus does not go down with what is hidden */
  function close(pop) {
    if (pop.contains(document.activeElement)) pop.querySelector("summary").focus({ preventScroll: true });
    pop.open = false;
  }

  function applyRange(button) {
    const [start, end] = Array.from(button.closest(".custom-range").querySelectorAll("input")).map((field) => field.value);
    if (!start || !end) return;
    const query = new URLSearchParams(location.search);
    query.delete("range");
    const rest = query.toString();
    visit(button.dataset.rangeApply + "?range=" + start + ".." + end + (rest ? "&" + rest : ""));
  }

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    if (target.closest("[data-radix-popper-content-wrapper]") || !target.isConnected) return; // a list that hangs outside its form
    const pop = target.closest("details.pop");
    closePops(pop);
    const opener = target.closest(".card-menu > summary"), entry = target.closest(".card-menu .mi");
    if (opener) fillMenu(opener.parentElement);
    if (entry && entry.dataset.link) { copyLink(entry.dataset.link); return; }
    const apply = target.closest("[data-range-apply]");
    if (apply) { applyRange(apply); if (pop) close(pop); return; }
    const toggle = target.closest("[data-toggle='table']");
    if (toggle) {
      const card = toggle.closest(".card");
      card.classList.toggle("as-table");
      if (pop) close(pop);
      pad.redraw();
      return;
    }
    const more = target.closest("[data-toggle='filters']");
    if (more) {
      const open = more.closest(".filt").classList.toggle("open");
      more.setAttribute("aria-expanded", String(open));
      return;
    }
    const view = target.closest(".seg-option");
    if (view) {
      const card = view.closest(".card");
      view.parentElement.querySelectorAll(".seg-option").forEach((option) => option.setAttribute("aria-pressed", String(option === view)));
      card.dataset.view = view.dataset.view;
      pad.redraw();
      return;
    }
    const link = target.closest("a[data-nav]");
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (link && plain) {
      event.preventDefault();
      visit(link.getAttribute("href"));
    }
    if (pop && (link || entry)) close(pop);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    const pop = document.querySelector("details.pop[open]");
    if (pop) { pop.open = false; pop.querySelector("summary").focus(); event.preventDefault(); }
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    pad: {
      switchTheme() {
        root.dataset.themeChoice = root.dataset.bsTheme === "dark" ? "light" : "dark";
        applyTheme();
        pad.redraw();
        return root.dataset.themeChoice;
      },
      switchRail() {
        root.dataset.rail = root.dataset.rail === "collapsed" ? "open" : "collapsed";
        setTimeout(() => window.dispatchEvent(new Event("resize")), 200);
        return root.dataset.rail;
      },
    },
  });
})();
