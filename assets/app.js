/* Small things that need no server: theme before the first paint, links that keep the page, menus, views of
   cards. */
/* `pad` is where our scripts meet: figures.js adds redraw(), views.js adds show(). */
(function () {
  "use strict";
  const root = document.documentElement;
  const pad = (window.pad = { given: JSON.parse(root.dataset.given), redraw() {} });
  const media = window.matchMedia("(prefers-color-scheme: dark)");

  /* The theme that the reader chose, or that of the system. */
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
    const path = new URL(answer.url || "/", location.href).pathname;
    if (answer.ok && /^\/(view\/|_dash-update)/.test(path)) {
      checked = Date.now();
      tick();
    }
    if (answer.status === 401) {
      location.assign("/login?next=" + encodeURIComponent(location.pathname + location.search));
    }
    return answer;
  };

  /* signed out in another tab: what stands here is asked for again, which leads to the sign-in */
  window.addEventListener("storage", (event) => {
    if (event.key === "pad-signed-out") location.reload();
  });

  /* When the server was last asked, beside the day to which its data reaches: two times, never confused. */
  let checked = Date.now();
  function age(seconds) {
    // a clock that runs by the second draws the eye
    if (seconds < 60) return Math.floor(seconds / 10) * 10 + " s";
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
  document.addEventListener("DOMContentLoaded", () => { tick(); carry(); });

  /* The view goes along to the next page that has the same filters: its range, comparison, segment and chips. */
  function carry() {
    const links = Array.from(document.querySelectorAll("a[data-filters]"));
    const here = links.some((link) => link.pathname === location.pathname);
    const view = new URLSearchParams(here ? location.search : "");
    Array.from(view.keys()).filter((name) => !pad.given.filters.includes(name)).forEach((name) => view.delete(name));
    const search = view.size ? "?" + view : "";
    links.forEach((link) => link.setAttribute("href", link.pathname + search));
  }
  pad.carry = carry;

  /* Which page is open, in the navigation and in the title of the window. */
  function mark() {
    const page = location.pathname.split("/")[1];
    document.querySelectorAll(".nav-item[href], .tab-item[href]").forEach((item) => {
      if (item.pathname === "/" + page) item.setAttribute("aria-current", "page");
      else item.removeAttribute("aria-current");
    });
    carry();
    const title = document.querySelector("#page-title");
    if (title && title.textContent) {
      document.title = title.textContent + " · " + document.title.split(" · ").pop();
    }
  }

  /* Goes to an address without loading the document anew where the page can be changed in place; `instead`
     of the one that is open, which no step back leads to then. */
  function visit(address, instead) {
    const target = new URL(address, location.href);
    const moved = target.pathname !== location.pathname;
    if (!moved && pad.alive()) target.search = pad.latest(target.search);
    address = target.pathname + target.search + target.hash;
    const needs = pad.given.needs[target.pathname.split("/")[1]] || [];
    const ready = needs.every((name) => document.querySelector(`script[src*="/${name}/"]`));
    if (!pad.alive() || (moved && !ready)) { location.assign(address); return; }
    const shown = !moved && pad.show(target.search);
    if (instead) history.replaceState(history.state, "", address);
    else history.pushState({}, "", address);
    carry();
    if (shown) return;
    if (moved) window.scrollTo(0, 0);
    // Dash's location component reads the address
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    setTimeout(mark, 0);
  }
  pad.visit = visit;
  window.addEventListener("popstate", () => { pad.show(); setTimeout(mark, 0); });

  /* what only shows something comes as text in an attribute of its place, and is put there as HTML */
  const inert = new WeakMap();
  function fillInert() {
    document.querySelectorAll("[data-inert]").forEach((place) => {
      const html = place.dataset.inert;
      if (inert.get(place) === html) return;
      inert.set(place, html);
      place.innerHTML = html;
      showNamed(place);
    });
  }
  /* what the address names behind its hash, such as a metric of the glossary */
  function showNamed(place) {
    const name = decodeURIComponent(location.hash.slice(1));
    const named = name && place.querySelector("#" + CSS.escape(name));
    if (!named) return;
    named.classList.add("named");
    named.scrollIntoView({ block: "center" });
  }
  const changes = { subtree: true, childList: true, attributeFilter: ["data-inert"] };
  new MutationObserver(fillInert).observe(root, changes);

  /* closes every open menu but the one that was clicked in */
  function closePops(except) {
    document.querySelectorAll("details.pop[open]").forEach((pop) => {
      if (pop !== except && !pop.contains(except)) pop.open = false;
    });
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

  /* without a secure address a browser keeps its clipboard to itself: the link then is in the address bar */
  async function copyLink(name) {
    const address = new URL("#" + encodeURIComponent(name), location.href).href;
    try { await navigator.clipboard.writeText(address); }
    catch { history.replaceState(history.state, "", address); }
    sayCopied(true);
  }

  /* the card that an address names behind its '#' */
  pad.showCard = () => {
    const name = decodeURIComponent(location.hash.slice(1));
    const place = name && document.querySelector(`[data-name="${CSS.escape(name)}"]`);
    if (place) place.scrollIntoView({ block: "center" });
  };
  document.addEventListener("DOMContentLoaded", pad.showCard);
  window.addEventListener("hashchange", pad.showCard);

  /* the focus does not go down with what is hidden */
  function close(pop) {
    if (pop.contains(document.activeElement)) pop.querySelector("summary").focus({ preventScroll: true });
    pop.open = false;
  }

  /* an item of the list that is just drawn anew comes into view, within so many frames */
  function showItem(item, frames) {
    const line = document.querySelector(`[data-item="${item}"]`);
    if (line) line.scrollIntoView({ block: "nearest" });
    else if (frames) requestAnimationFrame(() => showItem(item, frames - 1));
  }

  /* the two days picked by hand become the range in the address */
  function applyRange(button) {
    const fields = Array.from(button.closest(".custom-range").querySelectorAll("input"));
    const [start, end] = fields.map((field) => field.value);
    const lacking = fields.find((field) => !field.value);
    if (lacking) { lacking.required = true; lacking.reportValidity(); return false; }
    const query = new URLSearchParams(location.search);
    query.delete("range");
    const rest = query.toString();
    visit(button.dataset.rangeApply + "?range=" + start + ".." + end + (rest ? "&" + rest : ""));
    return true;
  }

  /* a card shows its numbers as a table, or again as a chart */
  function switchTable(button) {
    button.closest(".card").classList.toggle("as-table");
    pad.redraw();
  }

  /* on a phone the further filters stand behind a button */
  function unfoldFilters(button) {
    const open = button.closest(".filt").classList.toggle("open");
    button.setAttribute("aria-expanded", String(open));
  }

  /* one of the views of a card */
  function chooseView(chosen) {
    chosen.parentElement.querySelectorAll(".seg-option").forEach((option) => {
      option.setAttribute("aria-pressed", String(option === chosen));
    });
    chosen.closest(".card").dataset.view = chosen.dataset.view;
    pad.redraw();
  }

  /* whether a click is one that a browser would follow in the same window */
  function isPlain(event) {
    return event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  }

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    // a list that hangs outside its form
    if (target.closest("[data-radix-popper-content-wrapper]") || !target.isConnected) return;
    const pop = target.closest("details.pop");
    closePops(pop);
    const opener = target.closest(".card-menu > summary"), entry = target.closest(".card-menu .mi");
    if (opener) fillMenu(opener.parentElement);
    if (entry && entry.dataset.link) { copyLink(entry.dataset.link); return; }
    const apply = target.closest("[data-range-apply]");
    if (apply) { if (applyRange(apply) && pop) close(pop); return; }
    const toggle = target.closest("[data-toggle='table']");
    if (toggle) { switchTable(toggle); if (pop) close(pop); return; }
    const more = target.closest("[data-toggle='filters']");
    if (more) { unfoldFilters(more); return; }
    const view = target.closest(".seg-option");
    if (view) { chooseView(view); return; }
    const link = target.closest("a[data-nav]");
    if (link && isPlain(event)) {
      event.preventDefault();
      visit(link.getAttribute("href"));
    }
    if (pop && (link || entry)) close(pop);
  });

  /* a menu that would leave the window on the right hangs from the other end of its button */
  document.addEventListener("toggle", (event) => {
    const menu = event.target.matches("details.pop[open]") && event.target.querySelector(":scope > .menu");
    if (!menu) return;
    menu.classList.remove("flipped");
    menu.classList.toggle("flipped", menu.getBoundingClientRect().right > root.clientWidth);
  }, true);

  document.addEventListener("keydown", (event) => {
    const picked = event.key === "Enter" && event.target.closest(".custom-range input");
    if (picked) picked.closest(".custom-range").querySelector("[data-range-apply]").click();
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
      showAdded(item) {
        if (!item) return;
        const form = document.querySelector(".pop[open] #action-title");
        if (form) close(form.closest(".pop"));
        showItem(item, 60);
      },
      switchRail() {
        root.dataset.rail = root.dataset.rail === "collapsed" ? "open" : "collapsed";
        setTimeout(() => window.dispatchEvent(new Event("resize")), 200);
        return root.dataset.rail;
      },
    },
  });
})();
