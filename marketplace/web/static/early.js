/* SPDX-License-Identifier: AGPL-3.0-or-later */
// Runs before the page is drawn, so that what only scripts can open again is closed without a flash.
document.documentElement.classList.add("js");
