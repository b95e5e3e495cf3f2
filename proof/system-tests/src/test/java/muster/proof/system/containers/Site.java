package muster.proof.system.containers;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import muster.proof.harness.Await;
import muster.proof.harness.Connection;
import muster.proof.harness.Container;

/** All that a balancer tells about its site: by its two commands and by its page. */
record Site(Map<String, String> members, Map<String, String> pool, Map<String, String> page) {

    private static final Pattern ROW =
            Pattern.compile("<tr><td class=w>([^<]*)<td class=w>[^<]*<td><span class=\"s (\\w+)\">");

    private static final int LINES_SHOWN = 80;

    /**
     * Waits until all three say this.
     *
     * @param members the status of each member but the balancer
     * @param pool the state of each backend
     * @param whatever may be in any state, or not be there
     */
    static void awaitOf(
            Container balancer, Map<String, String> members, Map<String, String> pool, Container... whatever) {
        var expected = expected(balancer, members, pool);
        Await.until(
                balancer.name() + " to say in all places " + expected,
                Await.PATIENCE,
                () -> now(balancer, whatever).equals(expected),
                () -> now(balancer).toString());
    }

    private static Site expected(Container balancer, Map<String, String> members, Map<String, String> pool) {
        var all = new TreeMap<>(members);
        all.put(balancer.name(), "alive");
        var page = new TreeMap<String, String>();
        pool.forEach((node, state) -> page.put("backend " + node, state));
        all.forEach((node, status) -> page.put("member " + node, status));
        return new Site(all, new TreeMap<>(pool), page);
    }

    private static Site now(Container balancer, Container... without) {
        var now = new Site(balancer.members(), balancer.pool(), page(balancer));
        for (var container : without) {
            now.members.remove(container.name());
            now.pool.remove(container.name());
            now.page.remove("member " + container.name());
            now.page.remove("backend " + container.name());
        }
        return now;
    }

    private static Map<String, String> page(Container balancer) {
        var rows = new TreeMap<String, String>();
        try (var connection = new Connection(balancer.published(1936), Duration.ofSeconds(5))) {
            var html = connection.exchange("GET", "/", "", new byte[0]).text();
            int members = html.indexOf("<h2>Members");
            var row = ROW.matcher(html);
            while (row.find()) {
                rows.put((row.start() < members ? "backend " : "member ") + row.group(1), row.group(2));
            }
        } catch (IOException e) {
            rows.clear(); // not listening yet
        }
        return rows;
    }

    /** For a failure: what the balancer has counted and told. */
    static String seenBy(Container balancer) {
        return balancer.exec("muster", "info").output() + latest(balancer);
    }

    /** The end of its log. */
    static String latest(Container container) {
        var lines = container.log().lines().toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - LINES_SHOWN), lines.size()));
    }
}
