package muster.proof.benchmarks;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import muster.balancing.Announcement;
import muster.balancing.Announcement.Condition;
import muster.balancing.Announcement.Presence;
import muster.balancing.Announcement.Service;
import muster.templating.Model;
import muster.templating.Syntax;
import muster.templating.Template;

/** What it costs to read the ready template for HAProxy and to render it over 10 to 10,000 backends, in this JVM. */
final class RenderBench {
    private static final Path TEMPLATE = Path.of("templating/templates/haproxy.cfg.hb");
    private static final int[] SIZES = {10, 100, 1_000, 10_000};

    private final int rounds;

    RenderBench(int rounds) {
        this.rounds = rounds;
    }

    private record Cost(double millis, double mebibytes) {}

    void run() {
        var lines = new ArrayList<String>();
        for (int backends : SIZES) {
            Bench.progress(backends + " backends, " + rounds + " renderings");
            List<Announcement> nodes = nodes(backends);
            var costs = new ArrayList<Cost>();
            int bytes = 0;
            for (int round = 0; round < rounds; round++) {
                long allocated = allocated();
                long begun = System.nanoTime();
                String text = Template.read(TEMPLATE, Syntax.HAPROXY, Map.of())
                        .render(Model.of(nodes))
                        .text();
                long took = System.nanoTime() - begun;
                costs.add(new Cost(took / 1e6, (allocated() - allocated) / (1024.0 * 1024)));
                bytes = text.getBytes(StandardCharsets.UTF_8).length;
            }
            List<Cost> warm = costs.subList(rounds / 2, rounds);
            lines.add("| %,d | %.1f | %.1f | %.2f | %.2f | %.2f |"
                    .formatted(
                            backends,
                            bytes / 1024.0,
                            costs.getFirst().millis(),
                            Bench.median(warm.stream().mapToDouble(Cost::millis).toArray()),
                            warm.stream().mapToDouble(Cost::millis).max().orElse(0),
                            Bench.median(
                                    warm.stream().mapToDouble(Cost::mebibytes).toArray())));
        }
        System.out.println(MachineFacts.line());
        System.out.println();
        System.out.println("| backends | file, KiB | first, ms | median, ms | slowest, ms | allocated, MiB |");
        System.out.println("|---|---|---|---|---|---|");
        lines.forEach(System.out::println);
    }

    private static List<Announcement> nodes(int count) {
        var nodes = new ArrayList<Announcement>();
        for (int i = 0; i < count; i++) {
            var tags = new TreeMap<>(Map.of("zone", "z" + i % 3, "svc.web", "3000"));
            nodes.add(new Announcement(
                    "web" + i,
                    "10." + (i >> 16) + "." + (i >> 8 & 0xff) + "." + (i & 0xff),
                    tags,
                    Presence.ALIVE,
                    List.of(new Service("web", 3000, "http", "/health", 10, Condition.READY))));
        }
        return nodes;
    }

    private static long allocated() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }
}
