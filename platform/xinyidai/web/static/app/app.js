// Small conveniences. Every page works without this file.

// Menus made of <details> close on Escape, on a click elsewhere, and when the other one opens.
const menus = () => document.querySelectorAll("details[data-menu][open]");
document.addEventListener("click", (event) => {
  for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of menus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

document.addEventListener("DOMContentLoaded", () => {
  // The summary of errors is where a person starts again.
  document.querySelector("[data-focus]")?.focus();
  // A long menu scrolls by itself: the page one is on must be seen in it.
  const menu = document.querySelector(".xy-sidebar > *");
  const here = menu?.querySelector("[aria-current]");
  if (here) menu.scrollTop = here.offsetTop - menu.clientHeight / 2;
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
  // All boxes of a list, or none where all are ticked already.
  for (const button of document.querySelectorAll("[data-tick]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const boxes = [...button.form.elements].filter((one) => one.name === button.dataset.tick);
      const tick = boxes.some((one) => !one.checked);
      for (const one of boxes) one.checked = tick;
    });
  }
});

// A second click on a button that is being answered sends nothing; the server guards against it as well.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "true";
  form.classList.add("xy-waiting");
});
// Coming back by the back button, the form may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.classList.remove("xy-waiting");
  }
});
