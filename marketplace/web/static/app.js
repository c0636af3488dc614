/* SPDX-License-Identifier: AGPL-3.0-or-later */
// Every page works without this file; it only makes some of them smoother.

function menu() {
  const button = document.querySelector(".menu-button");
  if (!button) return;
  const open = (yes) => button.setAttribute("aria-expanded", String(yes));
  button.addEventListener("click", () => open(button.getAttribute("aria-expanded") !== "true"));
  button.closest("nav").addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || button.getAttribute("aria-expanded") !== "true") return;
    open(false);
    button.focus();
  });
}

// A second click on a button that is already sending would be answered by the first one's result;
// not sending it at all spares the wait. The button stays focusable.
function sendOnce() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sending) {
      event.preventDefault();
      return;
    }
    form.dataset.sending = "yes";
  });
  // Back to a page kept in memory: its forms may be sent again.
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sending]").forEach((form) => delete form.dataset.sending);
  });
}

menu();
sendOnce();
