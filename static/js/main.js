// Everything here makes pages quicker; none of it is needed.
import "./copy.js";
import "./keys.js";
import "./menus.js";
import "./once.js";
import "./rows.js";
import "./tags.js";
