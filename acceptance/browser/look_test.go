package browser_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// maxPage is the budget of the page with its files, in bytes.
const maxPage = 150_000

// whole looks at what every page must have.
func (b *browser) whole() {
	b.t.Helper()
	want, err := verdicts()
	if err != nil {
		b.t.Fatal(err)
	}
	got := value[map[string]string](b, `Object.fromEntries([...document.querySelectorAll("details.path")].map(d => [d.querySelector(".id").innerText, d.querySelector(".badge").textContent]))`)
	if fmt.Sprint(got) != fmt.Sprint(want) {
		b.t.Errorf("the page says %v, the report %v", got, want)
	}
	if lines := value[int](b, `document.querySelectorAll("svg a.line").length`); lines != len(want) {
		b.t.Errorf("%d lines for %d paths", lines, len(want))
	}
	size := 0
	for _, file := range []string{"", "style.css", "script.js", "icon.svg"} {
		text, err := fetch(file)
		if err != nil {
			b.t.Fatal(err)
		}
		size += len(text)
	}
	b.t.Logf("%s: %d bytes", b.name, size)
	if size > maxPage {
		b.t.Errorf("the page has %d bytes, its budget is %d", size, maxPage)
	}
	b.legible("light")
	b.legible("dark")
	b.do(scheme("light"))
	b.narrow()
}

// contrasts are the texts whose contrast to what is behind them is below 4.5 ("Contrast
// (Minimum)", WCAG 2.2, 1.4.3; the formulas are its definitions of contrast
// ratio and relative luminance).
const contrasts = `(() => {
  const channel = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const parse = s => (s.match(/[\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = e => {
    if (e.closest("svg")) return parse(getComputedStyle(e.closest("g")?.querySelector("rect, circle") || document.body)[e.closest("g") ? "fill" : "backgroundColor"]);
    for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] > 0) return c; }
    return [255, 255, 255];
  };
  const low = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let seen = 0;
  for (let n; n = walker.nextNode();) {
    const e = n.parentElement;
    if (!n.data.trim() || !e.checkVisibility() || e.closest("title, .away, .skip")) continue;
    const style = getComputedStyle(e), front = parse(e.closest("svg") ? style.fill : style.color);
    const [a, b] = [light(front), light(behind(e))].sort((x, y) => y - x), ratio = (a + 0.05) / (b + 0.05);
    seen++;
    if (ratio < 4.5) low.push(n.data.trim().slice(0, 40) + " " + ratio.toFixed(2));
  }
  return seen < 40 ? ["only " + seen + " texts"] : low;
})()`

// legible wants enough contrast, with every path open.
func (b *browser) legible(of string) {
	b.t.Helper()
	b.do(scheme(of), chromedp.Evaluate(`document.querySelectorAll("details").forEach(d => d.open = true)`, nil))
	if low := value[[]string](b, contrasts); len(low) > 0 {
		b.t.Errorf("%s: too little contrast: %s", of, strings.Join(low, "; "))
	}
	b.do(chromedp.Evaluate(`document.querySelectorAll("details").forEach(d => d.open = false)`, nil))
	if of == "dark" {
		b.shoot("-dark", wide)
		return
	}
	b.shoot("", wide)
}

// narrow wants nothing to stick out on a phone.
func (b *browser) narrow() {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(phone, 780), chromedp.Evaluate(`document.querySelectorAll("details").forEach(d => d.open = true)`, nil))
	if width := value[int](b, `document.scrollingElement.scrollWidth`); width > phone {
		b.t.Errorf("%d pixels wide on a phone of %d", width, phone)
	}
	b.shoot("-narrow", phone)
	b.do(chromedp.EmulateViewport(wide, 780), chromedp.Evaluate(`document.querySelectorAll("details").forEach(d => d.open = false)`, nil))
}

func (b *browser) says(selector, want string) {
	b.t.Helper()
	if got := b.text(selector); !strings.Contains(got, want) {
		b.t.Errorf("%s says %q, want %q", selector, got, want)
	}
}

// healthy is looked at, then its database's rule is revoked under the open page,
// which must show that without a reload, and keep what is open.
func healthy(t *testing.T, b *browser) {
	b.says("#headline", "8 ok")
	b.says("#findings", "None.")
	b.says("#live", "Updates by itself.")
	b.says("svg .mark.shut text", "shut")
	b.whole()
	b.keyboard()
	b.withoutScript()
	b.do(chromedp.Evaluate(`window.mine = true; location.hash = "p-db-orders"`, nil))
	const script = `group=$(aws rds describe-db-instances --db-instance-identifier orders --query 'DBInstances[0].VpcSecurityGroups[0].VpcSecurityGroupId' --output text)
rule=$(aws ec2 describe-security-group-rules --filters "Name=group-id,Values=$group" --query 'SecurityGroupRules[?!IsEgress].SecurityGroupRuleId' --output text)
"$LAB" as operator -- aws ec2 revoke-security-group-ingress --group-id "$group" --security-group-rule-ids "$rule"`
	if out, err := exec.CommandContext(t.Context(), "sh", "-ec", script).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	await(t, "the page shows the fault", func() error {
		if got := b.text("#headline"); !strings.Contains(got, "1 broken") || !strings.Contains(b.text("#findings"), "sg/ingress-missing") {
			return fmt.Errorf("it says %q", got)
		}
		return nil
	})
	if !value[bool](b, `window.mine && document.getElementById("p-db-orders").open`) {
		t.Error("the page was loaded again, or closed what was open")
	}
	b.shoot("-then-broken", wide)
}

// keyboard reaches the skip link first, and opens a path with Enter.
func (b *browser) keyboard() {
	b.t.Helper()
	b.do(chromedp.KeyEvent(kb.Tab))
	if got := value[string](b, `document.activeElement.className`); got != "skip" {
		b.t.Errorf("the first Tab leads to %q", got)
	}
	b.do(chromedp.Focus("#p-db-orders summary"), chromedp.KeyEvent(kb.Enter))
	if !value[bool](b, `document.getElementById("p-db-orders").open`) {
		b.t.Error("Enter does not open a path")
	}
	b.do(chromedp.KeyEvent(kb.Enter))
	names := value[[]string](b, `[...document.querySelectorAll("a, button, summary, [tabindex], svg[role=img]")].filter(e => e.checkVisibility() && !(e.getAttribute("aria-label") || e.getAttribute("aria-labelledby") || e.textContent.trim())).map(e => e.outerHTML.slice(0, 80))`)
	if len(names) > 0 {
		b.t.Errorf("without a name for a screen reader: %s", strings.Join(names, "; "))
	}
}

// withoutScript wants everything but the copying, of a browser of its own that
// carries out no script.
func (b *browser) withoutScript() {
	b.t.Helper()
	text, err := fetch("")
	if err != nil {
		b.t.Fatal(err)
	}
	for _, want := range []string{"db/orders", "Findings", "reachable", "probe check --config", `class="copy" hidden`} {
		if !strings.Contains(string(text), want) {
			b.t.Errorf("without a script the page does not say %q", want)
		}
	}
	file := filepath.Join(os.Getenv("SCREENSHOTS"), b.name+"-no-script.png")
	limited, cancel := context.WithTimeout(b.t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(limited, "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--blink-settings=scriptEnabled=false",
		"--window-size=1400,1000", "--user-data-dir="+b.t.TempDir(), "--screenshot="+file, page)
	if out, err := cmd.CombinedOutput(); err != nil {
		b.t.Errorf("%v\n%s", err, out)
	}
}

func isolated(_ *testing.T, b *browser) {
	b.says("#headline", "8 ok")
	b.says("#picture svg", "Gateway endpoints")
	b.says("#picture svg", "no route to any")
	b.whole()
}

// group has a command to be copied, and its mark opens the path.
func group(t *testing.T, b *browser) {
	b.says("#headline", "1 broken")
	b.says("svg .mark.broken text", "dest-sg")
	b.says("#findings", "aws ec2 authorize-security-group-ingress")
	b.whole()
	b.do(chromedp.Evaluate(`document.querySelector("svg a.line.broken").dispatchEvent(new MouseEvent("click", {bubbles: true, cancelable: true}))`, nil))
	await(t, "a click on the line opens the path", func() error {
		if !value[bool](b, `document.getElementById("p-db-orders").open`) {
			return os.ErrNotExist
		}
		return nil
	})
	b.says("#p-db-orders tr.here", "dest-sg")
	b.says("#p-db-orders", "probe.yaml --path 'db/orders'")
	b.shoot("-open", wide)
	b.do(chromedp.Evaluate(`navigator.clipboard.writeText = text => { window.copied = text; return Promise.resolve(); }`, nil), chromedp.Click("#findings button.copy", chromedp.ByQuery))
	if got := value[string](b, `window.copied`); !strings.HasPrefix(got, "aws ec2 authorize-security-group-ingress --region us-east-1 --group-id sg-") {
		t.Errorf("copied: %q", got)
	}
	b.says("#findings button.copy", "Copied")
	b.do(chromedp.Navigate(page+"findings/sg/ingress-missing"), chromedp.WaitReady("main"))
	b.says("h1", "sg/ingress-missing")
	b.says("main", "What it means")
}

func loss(_ *testing.T, b *browser) {
	b.says("#headline", "1 degraded")
	b.says("svg .mark.degraded text", "tcp")
	b.whole()
}

func certificate(_ *testing.T, b *browser) {
	b.says("svg .mark text", "tls")
	b.says("#findings", "tls/untrusted")
	b.whole()
}

func exposure(_ *testing.T, b *browser) {
	b.says("#headline", "1 exposed")
	b.says("#findings", "policy/public-exposed")
	if marks := value[int](b, `document.querySelectorAll("svg a.line.exposed").length`); marks != 1 {
		b.t.Errorf("%d exposed lines", marks)
	}
	b.whole()
}
