// The little Markdown that text widgets have, as elements: nothing of it is taken for HTML.
const SPAN = /\*\*(?<bold>[^*]+)\*\*|`(?<code>[^`]+)`|\[(?<text>[^\]]+)\]\((?<url>[^)\s]+)\)/g;

function spans(into, line) {
  let at = 0;
  for (const found of line.matchAll(SPAN)) {
    into.append(line.slice(at, found.index));
    at = found.index + found[0].length;
    const { bold, code, text, url } = found.groups;
    const element = document.createElement(bold ? "strong" : code ? "code" : "a");
    element.textContent = bold ?? code ?? text;
    if (url && /^(https?:|\/|#)/.test(url)) element.href = url;
    into.append(element);
  }
  into.append(line.slice(at));
  return into;
}

export function markdown(text) {
  const found = document.createDocumentFragment();
  let list = null;
  for (const line of text.split("\n")) {
    const heading = line.match(/^(#+)\s+(.*)/);
    const item = line.match(/^\s*[-*]\s+(.*)/);
    if (item) {
      if (!list) found.append((list = document.createElement("ul")));
      list.append(spans(document.createElement("li"), item[1]));
      continue;
    }
    list = null;
    if (heading) found.append(spans(document.createElement(heading[1].length > 1 ? "h3" : "h2"), heading[2]));
    else if (line.trim()) found.append(spans(document.createElement("p"), line));
  }
  return found;
}
