// A period at a glance, for somebody with one minute.

import { get } from "../../lib/api.js";
import { h } from "../../lib/nodes.js";
import { text } from "../../lib/texts.js";
import { heading, table } from "../parts.js";
import { card, change, count, day, duration, facts, interval, linked, percentFine, plain, stacked, wide } from "./figures.js";
import { asked, chooser } from "./period.js";
import { trends } from "./trends.js";

/** One of the four numbers a manager reads first. */
function headline(title, number, figure, period, ...notes) {
  return h("li", { className: "card headline" }, h("span", { className: "quiet" }, title), linked(number, figure.name, figure.count, period, { className: "figure number follow" }),
    ...notes.filter(Boolean).map((note) => (typeof note === "string" ? h("span", { className: "quiet small" }, note) : note)));
}

const wholeOf = (figure) => text("insight.of", { count: plain(figure.count), of: plain(figure.of ?? 0) });

function headlines(seen) {
  const { figures: f, period, promise } = seen;
  return h("ul", { className: "headlines" },
    headline(text("insight.solved"), percentFine(f.solved.share), f.solved, period, wholeOf(f.solved), interval(f.solved), change(f.solved)),
    headline(text("insight.held"), percentFine(f.solved_held.share), f.solved_held, period, f.solved_held.of ? wholeOf(f.solved_held) : text("insight.too_early"), interval(f.solved_held)),
    headline(text("insight.wrong"), percentFine(f.answers_wrong.share), f.answers_wrong, period, f.answers_wrong.of ? text("insight.of_judged", { count: plain(f.answers_wrong.count), of: plain(f.answers_wrong.of) }) : text("insight.none_judged"), interval(f.answers_wrong),
      h("span", { className: `tag ${promise.kept ? "good" : "alarm"}` }, text(promise.kept ? "insight.kept" : "insight.broken", { budget: percentFine(promise.budget) }))),
    headline(text("insight.stars"), f.rated.mean === null ? "–" : f.rated.mean.toFixed(1), f.rated, period, f.rated.count ? text("insight.ratings", { count: plain(f.rated.count) }) : text("insight.no_ratings"),
      f.rated.count ? text("insight.happy", { share: percentFine(f.rated_happy.share) }) : ""));
}

function endings({ figures: f, period }) {
  return card(text("insight.endings"), stacked([
    { figure: f.solved, kind: "k1", words: text("insight.solved") },
    { figure: f.with_people, kind: "k2", words: text("insight.with_people") },
    { figure: f.unsolved, kind: "k3", words: text("insight.unsolved") },
    { figure: f.no_question, kind: "k4", words: text("insight.no_question") },
    { figure: f.open, kind: "k5", words: text("insight.open") }], period, text("insight.endings")),
  facts([text("insight.solved_said"), count(f.solved_said, period), wholeOf(f.solved_said)],
    [text("insight.came_back"), count(f.solved_came_back, period), f.solved_settled.count ? wholeOf(f.solved_came_back) : text("insight.too_early")]));
}

function answers({ figures: f, period, promise }) {
  return card(text("insight.answers"), stacked([
    { figure: f.answers_right, kind: "k1", words: text("insight.right") },
    { figure: f.answers_wrong, kind: "k3", words: text("insight.wrong_short") },
    { figure: { ...f.answers_unknown, share: null }, kind: "k4", words: text("insight.unknown") }], period, text("insight.answers")),
  f.answers_right.of ? h("p", { className: "quiet small" }, text("insight.right_interval", { share: percentFine(f.answers_right.share), interval: interval(f.answers_right) })) : null,
  h("p", { className: promise.kept ? "note" : "note alarm" }, text(promise.kept ? "admin.promise_kept" : "admin.promise_broken", { ...promise, budget: percentFine(promise.budget) })));
}

function reasonsOf({ reasons, period }) {
  const most = Math.max(1, ...reasons.map((one) => one.count));
  return card(text("insight.hand_offs"), reasons.length ? h("ul", { className: "bars" }, ...reasons.slice(0, 8).map((one) => {
    const bar = h("span", { className: "bar", "aria-hidden": "true" });
    bar.style.inlineSize = `${(100 * one.count) / most}%`;
    return h("li", {}, h("span", {}, one.words), linked(plain(one.count), one.name, one.count, period), bar);
  })) : h("p", { className: "empty" }, text("insight.no_hand_offs")));
}

function times({ figures: f, period }) {
  const rows = ["first_reply", "waits", "person_reply", "handled", "left"].map((name) => h("tr", {}, h("th", { scope: "row" }, text(`insight.${name}`)),
    h("td", {}, linked(duration(f[name].median), name, f[name].count, period)), h("td", { className: "number" }, duration(f[name].nine_of_ten)), h("td", { className: "number quiet" }, plain(f[name].count))));
  const heads = ["", text("insight.middle"), text("insight.nine_of_ten"), text("insight.measured_of")].map((head) => h("th", { scope: "col" }, head));
  return card(text("insight.times"), h("table", { className: "times" }, h("caption", { className: "unseen" }, text("insight.times")), h("thead", {}, h("tr", {}, ...heads)), h("tbody", {}, ...rows)));
}

function mood({ figures: f, period }) {
  return card(text("insight.mood"), h("p", { className: "lead" }, f.unhappy.count ? text("insight.turned_line", { turned: f.turned_round.count, unhappy: f.unhappy.count, share: percentFine(f.turned_round.share) }) : text("insight.nobody_unhappy")),
    facts([text("insight.unhappy"), count(f.unhappy, period), wholeOf(f.unhappy)], [text("insight.turned_round"), count(f.turned_round, period), interval(f.turned_round)],
      [text("insight.began_unhappy"), count(f.began_unhappy, period)], [text("insight.ended_unhappy"), count(f.ended_unhappy, period), f.ended_unhappy.of ? percentFine(f.ended_unhappy.share) : ""],
      [text("insight.made_unhappy"), count(f.made_unhappy, period)]));
}

/** Seconds a customer waited less for each reply, against the chats that go without suggestions. */
function savedTime({ share, reply }) {
  if (reply.saved_s === null) return [text("insight.time_saved"), "–", text(share > 0 ? "insight.too_few" : "insight.no_hold_out")];
  const sure = reply.low_s === null ? text("insight.too_few") : text("insight.saved_interval", { low: reply.low_s.toFixed(0), high: reply.high_s.toFixed(0) });
  return [text("insight.time_saved"), h("a", { className: "number follow", href: "#desk" }, text("insight.s", { n: reply.saved_s.toFixed(0) })), sure];
}

function help({ figures: f, period }, saved) {
  return wide(text("insight.suggestions"), facts([text("insight.offered"), count(f.offered, period)], [text("insight.used"), count(f.used, period), f.used.of ? percentFine(f.used.share) : ""],
    [text("insight.used_as_is"), count(f.used_as_is, period), f.used_as_is.of ? percentFine(f.used_as_is.share) : ""], [text("insight.dismissed"), count(f.dismissed, period)], saved && savedTime(saved)));
}

const starred = (figure, period) => [linked(figure.mean === null ? "–" : figure.mean.toFixed(1), figure.name, figure.count, period), figure.count ? text("insight.ratings", { count: plain(figure.count) }) : text("insight.no_ratings")];

function customers({ figures: f, period }) {
  return card(text("insight.customers"), facts([text("insight.stars_bot"), ...starred(f.rated_bot, period)], [text("insight.stars_people"), ...starred(f.rated_people, period)],
    [text("insight.known"), count(f.known, period), wholeOf(f.known)], [text("insight.returning"), count(f.returning, period), f.returning.of ? percentFine(f.returning.share) : ""]));
}

const ARTICLE_KINDS = ["shown", "helpful", "rejected", "hand_off", "sent"];

function articleTable({ articles, period }) {
  const rows = (list) => table(text("insight.articles"), [text("admin.article"), ...ARTICLE_KINDS.map((kind) => text(`insight.article_${kind}`)), text("insight.article_page")],
    list.map((one) => [h("a", { href: `#articles/${encodeURIComponent(one.article_id)}` }, one.title), ...ARTICLE_KINDS.map((kind) => linked(plain(one[kind]), `article:${kind}:${one.article_id}`, one[kind], period)),
      one.pages_helpful + one.pages_unhelpful ? text("insight.article_presses", { helpful: one.pages_helpful, unhelpful: one.pages_unhelpful }) : "–"]));
  const rest = articles.slice(12);
  return h("section", { className: "stack" }, h("h2", {}, text("insight.articles")), h("p", { className: "quiet small" }, text("insight.articles_intro")), rows(articles.slice(0, 12)),
    rest.length ? h("details", {}, h("summary", {}, text("insight.articles_rest", { count: rest.length })), rows(rest)) : null);
}

export async function overview(...rest) {
  const where = asked(rest);
  const [seen, saved] = await Promise.all([get(`/v1/insight?${where.query}`), get("/v1/reports/time-saved").catch(() => null)]);
  const { period, before, figures } = seen;
  const intro = text("insight.intro", { count: plain(figures.conversations.count), first: day(period.first), last: day(period.last), before_first: day(before.first), before_last: day(before.last), before: plain(figures.conversations.count_before ?? 0) });
  return [heading(text("insight.title"), intro, chooser("overview", where, period)),
    ...(figures.conversations.count ? [headlines(seen), h("div", { className: "panels" }, endings(seen), answers(seen), reasonsOf(seen), times(seen), mood(seen), customers(seen), help(seen, saved)), trends(seen), articleTable(seen)]
      : [h("p", { className: "empty" }, text("insight.empty"))])];
}
