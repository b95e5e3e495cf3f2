package muster.agent.pages;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import muster.agent.configuration.Durations;
import muster.agent.configuration.Endpoint;
import muster.balancing.Backend;
import muster.balancing.Pool;
import muster.gossip.Member;

/** The statistics page. Plain HTML that reloads itself; colours say what a state means, words say it too. */
final class Page {
    private static final int REFRESH_SECONDS = 2;

    private static final String STYLE = """
            :root{color-scheme:light dark;--line:#8884;--dim:#888}
            body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:84rem;padding:0 1rem}
            h1{font-size:1.4rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}
            p{margin:.3rem 0;color:var(--dim)}
            table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
            th,td{text-align:left;padding:.35rem .7rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}
            th,td.n,td.w{white-space:nowrap}
            th{font-weight:600;font-size:.85rem;color:var(--dim)}td.n,th.n{text-align:right;padding-left:.7rem}
            .s{display:inline-block;padding:.05rem .5rem;border-radius:.7rem;font-size:.85rem;color:#fff;background:#777}
            .ready,.alive{background:#1a7f37}.joining{background:#0969da}.draining,.leaving{background:#8250df}
            .suspect{background:#9a6700}.ejected,.unready,.gone,.failed{background:#b42318}.left{background:#6e7781}
            code{font-size:.85rem;overflow-wrap:anywhere}
            @media(max-width:70rem){
            table.r,.r tbody{display:block}.r tr{display:flex;flex-wrap:wrap;gap:.1rem 1rem;padding:.5rem 0;\
            border-bottom:1px solid var(--line)}
            .r tr:first-child{display:none}.r td,.r td.n{border:0;padding:0;text-align:left}
            .r td.f{flex-basis:100%}.r td.n::before{content:attr(data-l)" ";color:var(--dim);font-size:.85rem}}
            @media(max-width:40rem){body{margin:1rem auto}.r td.w{white-space:normal;overflow-wrap:anywhere}}
            """;

    private Page() {}

    static String of(View view) {
        var html = new StringBuilder(8_192);
        html.append(
                        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"refresh\" content=\"")
                .append(REFRESH_SECONDS)
                .append("\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>");
        text(html, view.node())
                .append(" · Muster</title>\n<style>\n")
                .append(STYLE)
                .append("</style>\n</head>\n<body>\n<h1>");
        text(html, view.node()).append("</h1>\n<p>Muster ");
        text(html, view.version())
                .append(" · up ")
                .append(Durations.format(Duration.ofSeconds(view.uptimeSeconds())))
                .append(" · <a href=\"pools.json\">JSON</a></p>\n");
        for (Pool.Snapshot pool : view.pools()) {
            pool(html, pool);
        }
        if (!view.counters().isEmpty()) {
            counters(html, view.counters());
        }
        members(html, view);
        return html.append("</body>\n</html>\n").toString();
    }

    private static void pool(StringBuilder html, Pool.Snapshot pool) {
        long ready = pool.backends().stream()
                .filter(backend -> backend.state() == Backend.State.READY)
                .count();
        html.append("<h2>Pool ");
        text(html, pool.name())
                .append("</h2>\n<p>")
                .append(ready)
                .append(" of ")
                .append(pool.backends().size())
                .append(" ready");
        if (pool.panicPicks() > 0) {
            html.append(" · ")
                    .append(pool.panicPicks())
                    .append(" requests went to backends in doubt because none was ready");
        }
        if (pool.emptyPicks() > 0) {
            html.append(" · ").append(pool.emptyPicks()).append(" found no backend at all");
        }
        html.append(
                "</p>\n<table class=r>\n<tr><th>Node<th>Address<th>State<th>Why<th class=n>In flight<th class=n>Requests"
                        + "<th class=n>2xx<th class=n>3xx<th class=n>4xx<th class=n>5xx<th class=n>Failures<th class=n>Retried away"
                        + "<th class=n>In<th class=n>Out</tr>\n");
        for (Backend.Snapshot backend : pool.backends()) {
            html.append("<tr><td class=w>");
            text(html, backend.node()).append("<td class=w>");
            text(html, new Endpoint(backend.host(), backend.port()).toString()).append("<td>");
            state(html, backend.state().name()).append("<td class=f>");
            text(html, backend.reason())
                    .append(" (")
                    .append(Durations.format(Duration.ofSeconds(backend.inStateNanos() / 1_000_000_000)))
                    .append(')');
            number(html, "In flight", backend.inFlight());
            number(html, "Requests", backend.totals().requests());
            number(html, "2xx", backend.totals().successes());
            number(html, "3xx", backend.totals().redirects());
            number(html, "4xx", backend.totals().clientErrors());
            number(html, "5xx", backend.totals().serverErrors());
            number(html, "Failures", backend.totals().failed());
            number(html, "Retried away", backend.totals().retriedAway());
            bytes(html, "In", backend.totals().bytesIn());
            bytes(html, "Out", backend.totals().bytesOut());
            html.append("</tr>\n");
        }
        html.append("</table>\n");
    }

    private static void counters(StringBuilder html, Map<String, Long> counters) {
        html.append("<h2>Proxy</h2>\n<table>\n<tr><th>What<th class=n>So far</tr>\n");
        counters.forEach((name, count) -> {
            if (count > 0) {
                html.append("<tr><td>");
                text(html, name);
                if (name.startsWith("bytes_")) {
                    bytes(html, "", count);
                } else {
                    number(html, "", count);
                }
                html.append("</tr>\n");
            }
        });
        html.append("</table>\n");
    }

    private static void members(StringBuilder html, View view) {
        html.append("<h2>Members</h2>\n<table class=r>\n<tr><th>Node<th>Address<th>Status<th>Tags</tr>\n");
        for (Member member : view.members()) {
            html.append("<tr><td class=w>");
            text(html, member.name()).append("<td class=w>");
            text(html, member.address().toString()).append("<td>");
            boolean doubted = member.suspect() && member.status() == Member.Status.ALIVE;
            state(html, doubted ? "SUSPECT" : member.status().name()).append("<td class=f>");
            member.tags().forEach((key, value) -> {
                html.append("<code>");
                text(html, key).append('=');
                text(html, value).append("</code> ");
            });
            html.append("</tr>\n");
        }
        html.append("</table>\n");
    }

    /** {@code word} is one of ours, never from outside. */
    private static StringBuilder state(StringBuilder html, String word) {
        String lower = word.toLowerCase(Locale.ROOT);
        return html.append("<span class=\"s ")
                .append(lower)
                .append("\">")
                .append(lower)
                .append("</span>");
    }

    /** {@code label} stands for the column's head where the screen is too narrow for a table. */
    private static StringBuilder cell(StringBuilder html, String label) {
        return html.append("<td class=n data-l=\"").append(label).append("\">");
    }

    private static void number(StringBuilder html, String label, long value) {
        cell(html, label).append(value);
    }

    private static void bytes(StringBuilder html, String label, long value) {
        cell(html, label);
        if (value < 10_000) {
            html.append(value).append(" B");
        } else if (value < 10_000_000) {
            html.append(value / 1_000).append(" kB");
        } else {
            html.append(value / 1_000_000).append(" MB");
        }
    }

    /** Text from anywhere, so that it stays text. */
    static StringBuilder text(StringBuilder html, String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '&' -> html.append("&amp;");
                case '<' -> html.append("&lt;");
                case '>' -> html.append("&gt;");
                case '"' -> html.append("&quot;");
                case '\'' -> html.append("&#39;");
                default -> html.append(Character.isISOControl(c) ? '\ufffd' : c);
            }
        }
        return html;
    }
}
