/* What was typed in a dialog is not lost by a slip: the first Escape, or click beside it, says so, the second
   leaves. */
(function () {
  "use strict";

  function typed(event) {
    const dialog = event.target.closest(".modal");
    if (!dialog) return;
    event.target.dataset.typed = "";
    delete dialog.dataset.warned;
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

  document.addEventListener("input", typed);
  document.addEventListener("change", typed);
  // in the capture phase of the window: before the dialog hears of it
  window.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    const list = document.querySelector("[data-radix-popper-content-wrapper], .modal details.pop[open]");
    if (!list && warns(document.querySelector(".modal.show"))) stay(event);
  }, true);
  window.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.matches(".modal") && warns(event.target)) stay(event);
  }, true);
})();
