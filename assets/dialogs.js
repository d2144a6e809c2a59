/* Slips of the hand in a dialog. What was typed is not lost by one: the first Escape, or click beside it, says
   so, the second leaves. And a button pressed twice asks once: the second answer would take the place of the
   first, and with it of a secret that is shown this once. */
(function () {
  "use strict";
  const SLIP = 700, STILL = 5; // ms and px between two presses that were meant as one

  const NONE = { at: 0, awaited: 0 };
  let press = NONE; // the last press of a button, and how many questions asked since are not answered

  function typed(event) {
    const dialog = event.target.closest(".modal");
    if (!dialog) return;
    event.target.dataset.typed = "";
    delete dialog.dataset.warned;
    press = NONE;
  }

  /* Whether leaving would lose something typed that was not said to be lost; now it is said. */
  function warns(dialog) {
    if (!dialog || "warned" in dialog.dataset || !dialog.querySelector("[data-typed]")) return false;
    dialog.dataset.warned = "";
    return true;
  }

  function stay(event) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  const ask = window.fetch;
  window.fetch = (...given) => {
    const mine = press, answer = ask(...given);
    mine.awaited += 1;
    answer.catch(() => null).then(() => { mine.awaited -= 1; });
    return answer;
  };

  /* whether a press is the second half of the one before, also when another button has come to stand there */
  function repeats(button, event) {
    const again = button === press.button, [x, y] = [event.clientX, event.clientY];
    const there = Math.hypot(x - press.x, y - press.y) < STILL;
    if ((again && press.awaited) || ((again || there) && event.timeStamp - press.at < SLIP)) return true;
    press = { button, x, y, at: event.timeStamp, awaited: 0 };
    return false;
  }

  document.addEventListener("input", typed);
  document.addEventListener("change", typed);
  // in the capture phase of the window: before the dialog hears of it
  window.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    const list = document.querySelector("[data-radix-popper-content-wrapper], .modal details.pop[open]");
    if (!list && warns(document.querySelector(".modal.show"))) stay(event);
  }, true);
  window.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const button = event.target.closest(".dialog-foot button");
    if (button ? repeats(button, event) : event.target.matches(".modal") && warns(event.target)) stay(event);
  }, true);
})();
