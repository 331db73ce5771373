// What a page shows at the size it has now; an expression, for the browser tests.
(() => {
  const all = [...document.querySelectorAll("body *")];
  const shown = el => el.checkVisibility({checkOpacity: false, checkVisibilityCSS: true});
  const name = el => el.tagName.toLowerCase() + (el.className && el.className.baseVal === undefined ? "." + [...el.classList].join(".") : "");
  const scrolls = el => /auto|scroll/.test(getComputedStyle(el).overflowX);
  const boxed = el => { for (let up = el.parentElement; up; up = up.parentElement) if (scrolls(up)) return true; return false; };
  const skipped = el => el.closest(".skip") && document.activeElement !== el.closest(".skip");

  // Colours as [r, g, b, a], laid over each other.
  const canvas = document.createElement("canvas"); canvas.width = canvas.height = 1;
  const pen = canvas.getContext("2d", {willReadFrequently: true});
  const known = {};
  const colour = text => known[text] ??= (() => {
    pen.clearRect(0, 0, 1, 1); pen.fillStyle = text; pen.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255]; })();
  const over = (top, share, below) => { const a = top[3] * share; return [0, 1, 2].map(i => top[i] * a + below[i] * (1 - a)); };
  const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
  const contrast = el => {
    const chain = []; for (let up = el; up; up = up.parentElement) chain.unshift(up);
    let below = [255, 255, 255], share = 1;
    for (const up of chain) {
      const style = getComputedStyle(up); share *= +style.opacity;
      below = over(colour(style.backgroundColor), share, below);
    }
    const text = over(colour(getComputedStyle(el).color), share, below);
    const [a, b] = [light(text), light(below)].sort((x, y) => y - x);
    return (a + .05) / (b + .05);
  };

  const faint = {}, characters = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; node = walker.nextNode();) {
    const el = node.parentElement, text = node.data.trim();
    if (!text || el.closest("script,style") || !shown(el) || skipped(el)) continue;
    for (const sign of text) characters.add(sign);
    const style = getComputedStyle(el), size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && +style.fontWeight >= 700);
    const ratio = contrast(el);
    if (ratio < (large ? 3 : 4.5)) { const key = name(el); if (!(key in faint) || ratio < faint[key][0]) faint[key] = [Math.round(ratio * 100) / 100, text.slice(0, 30)]; }
  }

  // A character is missing where it is drawn like one that no font has.
  const draw = (sign, font) => { const c = document.createElement("canvas"); c.width = c.height = 40; const p = c.getContext("2d", {willReadFrequently: true}); p.font = font; p.fillText(sign, 4, 30); return p.getImageData(0, 0, 40, 40).data.join(); };
  const missing = [];
  for (const family of new Set([document.body, ...document.querySelectorAll("code,pre")].map(el => getComputedStyle(el).fontFamily))) {
    const font = "24px " + family, boxes = ["\u0378", "\u2fe0", "\ufdd0", "\u{10fffe}"].map(sign => draw(sign, font));
    for (const sign of characters) if (/\S/.test(sign) && sign > "~" && boxes.includes(draw(sign, font))) missing.push(sign);
  }

  const width = document.documentElement.clientWidth;
  const wide = all.filter(el => shown(el) && !skipped(el) && !boxed(el) && el.getBoundingClientRect().right > width + 1).map(name);
  const levels = [...document.querySelectorAll("h1,h2,h3,h4,h5,h6")].filter(shown).map(el => +el.tagName[1]);
  const focusable = all.filter(el => el.matches("a[href],summary,[tabindex='0'],button,input,select") && shown(el));
  const unmarked = focusable.filter(el => { el.focus({focusVisible: true, preventScroll: true}); const s = getComputedStyle(el); return document.activeElement === el && (s.outlineStyle === "none" || parseFloat(s.outlineWidth) < 2); }).map(name);
  document.activeElement.blur();
  return {
    missing: [...new Set(missing)].join(""), faint, width, scroll: document.documentElement.scrollWidth,
    wide: [...new Set(wide)], levels, unmarked: [...new Set(unmarked)], focusable: focusable.length,
    paper: getComputedStyle(document.body).backgroundColor,
    characters: [...characters].join(""),
    font: [...document.fonts].filter(f => f.family.includes("budgetkit") && f.status === "loaded").length,
    pictures: [...document.images].filter(i => !i.alt.trim() || !i.naturalWidth).map(i => i.src.slice(0, 60)),
    unreached: [...new Set(all.filter(el => shown(el) && scrolls(el) && el.scrollWidth > el.clientWidth + 1 && el.tabIndex < 0).map(name))],
    cut: [...new Set(all.filter(el => shown(el) && /hidden|clip/.test(getComputedStyle(el).overflowX) && el.scrollWidth > el.clientWidth + 1).map(name))],
    closed: [...document.querySelectorAll("details")].filter(d => shown(d) && [...d.children].slice(1).some(c => !c.checkVisibility())).length,
    nameless: focusable.filter(el => !(el.textContent.trim() || el.getAttribute("aria-label") || el.querySelector("img[alt]"))).map(name),
    language: document.documentElement.lang, title: document.title,
    ids: [...document.querySelectorAll("[id]")].map(el => el.id),
    links: [...document.querySelectorAll("a[href]")].map(el => el.getAttribute("href")),
  };
})()
