// Numbers and dates as words: one place decides how many digits a reader sees.

const MINUS = "\u2212";
const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
const oneDigit = new Intl.NumberFormat("en-GB", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const twoDigits = new Intl.NumberFormat("en-GB", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

// A rounded "-0" reads like an error; the true minus sign lines up with digits and is read aloud.
function signed(formatter, value, prefix = "", suffix = "") {
  const text = formatter.format(Math.abs(value));
  const negative = value < 0 && /[1-9]/.test(text);
  return (negative ? MINUS : "") + prefix + text + suffix;
}

function largest(values) {
  let most = 0;
  for (const value of values) if (isNumber(value)) most = Math.max(most, Math.abs(value));
  return most;
}

function poundFormat(most) {
  if (most < 1e6) return { title: "£", divisor: 1, tick: ",.0f", prefix: "£", suffix: "", formatter: whole };
  const formatter = most < 1e7 ? twoDigits : oneDigit;
  return { title: "£ million", divisor: 1e6, tick: ",.4~f", prefix: "£", suffix: "m", formatter };
}

function countFormat(unit, most) {
  const fractional = unit === "FTE" || unit === "weeks";
  const tick = most < 5 ? ",.2~f" : ",.0f";
  return {
    title: unit,
    divisor: 1,
    tick,
    prefix: "",
    suffix: "",
    formatter: fractional && most < 100 ? oneDigit : whole,
  };
}

function shareFormat(title) {
  const format = { title, divisor: 0.01, tick: ",.0f", prefix: "", suffix: " %", formatter: whole };
  return { ...format, changeTitle: "percentage points", changeUnit: " percentage point" };
}

// "5 % more" of a share of 20 % could be 21 % or 25 %: changes of shares are told in percentage points.
function changeSuffix(format, value) {
  if (!format.changeUnit) return format.suffix;
  return format.changeUnit + (format.formatter.format(Math.abs(value / format.divisor)) === "1" ? "" : "s");
}

function withPlus(format, value, suffix) {
  if (!isNumber(value)) return format.missing;
  const text = signed(format.formatter, value / format.divisor, format.prefix, suffix);
  return value > 0 && /[1-9]/.test(text) ? "+" + text : text;
}

// One format for everything in a chart and its table, so that digits do not change from row to row.
function formatFor(unit, values) {
  const most = largest(values);
  const format =
    unit === "pounds"
      ? poundFormat(most)
      : unit === "probability"
        ? shareFormat("% of futures")
        : unit === "share"
          ? shareFormat("%")
          : unit === "plans per place"
            ? { title: unit, divisor: 1, tick: ".2f", prefix: "", suffix: "", formatter: twoDigits }
            : countFormat(unit || "number", most);
  format.missing = missingText();
  format.text = (value) =>
    isNumber(value) ? signed(format.formatter, value / format.divisor, format.prefix, format.suffix) : format.missing;
  // Beside a mark the axis tells the unit.
  format.changeMark = (value) => withPlus(format, value, format.changeUnit ? "" : format.suffix);
  format.change = (value) => withPlus(format, value, changeSuffix(format, value));
  format.changes = (value) => /[1-9]/.test(format.changeMark(value));
  format.scaled = (value) => (isNumber(value) ? value / format.divisor : null);
  return format;
}

const yearFormat = { text: (value) => String(value) };

// Probabilities in sentences: "99 %" of 1,000 futures must not be rounded up to certainty.
function chance(value) {
  if (!isNumber(value)) return missingText();
  if (value > 0 && value < 0.01) return "less than 1 %";
  if (value > 0.99 && value < 1) return "more than 99 %";
  return whole.format(value * 100) + " %";
}

const financialYear = (first) => first + "-" + String((first + 1) % 100).padStart(2, "0");

const sentenceCase = (text) => text.charAt(0).toUpperCase() + text.slice(1);

// A code in words has lost the capitals of what is written in them.
const codeWords = (code) => sentenceCase(String(code).replaceAll("_", " ")).replace(/\bsen\b/gi, "SEN");

// Keeps acronyms such as "SEN" and "CAMHS" when a label moves into the middle of a sentence.
function inSentence(text) {
  return /^[A-Z][a-z\u2019' -]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

function listOf(words) {
  if (words.length < 2) return words.join("");
  return words.slice(0, -1).join(", ") + " and " + words[words.length - 1];
}
