package muster.proof.system.containers;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import muster.proof.harness.Await;
import muster.proof.harness.Container;
import muster.proof.harness.Containers;
import muster.proof.harness.OpenLoopClient.Style;
import muster.proof.harness.Traffic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The classic topology: one balancer, {@code ha}, on a network with backends {@code s1}, {@code s2} … that find it by name. */
@ExtendWith(ContainersOfTests.class)
@ResourceLock("podman")
class ContainersTest {

    private static final String[] WITHOUT_ANY_RIGHT = {
        "--read-only",
        "--read-only-tmpfs=false",
        "--user=10001:10001",
        "--cap-drop=ALL",
        "--security-opt=no-new-privileges",
        "--sysctl=net.ipv4.ip_unprivileged_port_start=80"
    };

    /** Each of the four first once, the rest as drawn; all 24 with {@code -Dproof.orders=all}. */
    static Stream<List<String>> start_orders() {
        var names = List.of("ha", "s1", "s2", "s3");
        if (System.getProperty("proof.orders", "").equals("all")) {
            return permutations(names).stream();
        }
        long seed = Long.getLong("proof.seed", System.nanoTime());
        System.out.println("start orders drawn with -Dproof.seed=" + seed);
        var random = new Random(seed);
        var orders = new ArrayList<List<String>>();
        for (var first : names) {
            var rest = new ArrayList<>(names);
            rest.remove(first);
            Collections.shuffle(rest, random);
            rest.addFirst(first);
            orders.add(List.copyOf(rest));
        }
        return orders.stream();
    }

    private static List<List<String>> permutations(List<String> names) {
        if (names.isEmpty()) {
            return List.of(List.of());
        }
        var all = new ArrayList<List<String>>();
        for (var first : names) {
            var rest = names.stream().filter(name -> !name.equals(first)).toList();
            for (var order : permutations(rest)) {
                all.add(Stream.concat(Stream.of(first), order.stream()).toList());
            }
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("start_orders")
    void nobody_has_to_be_first(List<String> order, Containers site) {
        var containers = new HashMap<String, Container>();
        for (var name : order) {
            containers.put(name, (name.equals("ha") ? site.balancer() : site.backend(name)).startAndAwait());
        }
        var ha = containers.get("ha");
        Site.awaitOf(ha, all("alive", "s1", "s2", "s3"), all("ready", "s1", "s2", "s3"));
        var last = containers.get(order.getLast());
        Await.until(
                last + " to see everybody",
                Await.PATIENCE,
                () -> last.members().equals(all("alive", "ha", "s1", "s2", "s3")),
                () -> last.members().toString());
    }

    private static Map<String, String> all(String state, String... names) {
        return Stream.of(names).collect(Collectors.toMap(name -> name, _ -> state));
    }

    @Test
    void no_get_fails_while_backends_are_killed_stopped_and_added_and_one_crashes_all_the_time(Containers site) {
        var ha = site.balancer().start();
        var s1 = site.backend("s1").start();
        var s2 = site.backend("s2").start();
        var s3 = site.backend("s3").start();
        var crashing = site.create(
                        "crashing",
                        "muster-webapp",
                        List.of(),
                        List.of(
                                "run",
                                "--service=web:3000,check=/health",
                                "--join=ha",
                                "--",
                                "node",
                                "-e",
                                // Counted from when Node runs: on a busy machine it may take longer than that to start.
                                "setTimeout(() => process.kill(process.pid, 'SIGKILL'), 3000); require('./app.js')"))
                .start();
        Site.awaitOf(ha, all("alive", "s1", "s2", "s3"), all("ready", "s1", "s2", "s3"), crashing);
        try (var traffic = new Traffic(ha.published(80), Style.KEEP_ALIVE, Style.FRESH)) {
            Stream.of(s1, s2, s3, crashing).forEach(backend -> traffic.awaitServedBy(backend.app()));

            s1.kill();
            traffic.awaitNoLongerServedBy(s1.app());
            Site.awaitOf(
                    ha,
                    Map.of("s1", "failed", "s2", "alive", "s3", "alive"),
                    Map.of("s1", "gone", "s2", "ready", "s3", "ready"),
                    crashing);

            assertThat(s2.stop()).isZero();
            traffic.awaitNoLongerServedBy(s2.app());
            Site.awaitOf(
                    ha,
                    Map.of("s1", "failed", "s2", "left", "s3", "alive"),
                    Map.of("s1", "gone", "s3", "ready"),
                    crashing);

            var s4 = site.backend("s4").start();
            var s5 = site.backend("s5").start();
            traffic.awaitServedBy(s4.app()).awaitServedBy(s5.app());
            Site.awaitOf(
                    ha,
                    Map.of("s1", "failed", "s2", "left", "s3", "alive", "s4", "alive", "s5", "alive"),
                    Map.of("s1", "gone", "s3", "ready", "s4", "ready", "s5", "ready"),
                    crashing);

            s1.start();
            s2.start();
            traffic.awaitServedAgainBy(s1.app()).awaitServedAgainBy(s2.app());
            var everybody = new String[] {"s1", "s2", "s3", "s4", "s5"};
            Site.awaitOf(ha, all("alive", everybody), all("ready", everybody), crashing);
            Await.until("three crashes", () -> crashes(crashing) >= 3);
            traffic.goesOn().endsWithoutFailure(() -> Site.seenBy(ha));
        }
    }

    @Test
    void no_get_fails_when_a_backend_is_cut_off_from_the_network(Containers site) {
        var ha = site.balancer().start();
        var s1 = site.backend("s1").start();
        var s2 = site.backend("s2").start();
        Site.awaitOf(ha, all("alive", "s1", "s2"), all("ready", "s1", "s2"));
        try (var traffic = new Traffic(ha.published(80), Style.KEEP_ALIVE, Style.FRESH)) {
            traffic.awaitServedBy(s1.app()).awaitServedBy(s2.app());
            s1.unplug();
            traffic.awaitNoLongerServedBy(s1.app());
            Site.awaitOf(ha, Map.of("s1", "failed", "s2", "alive"), Map.of("s1", "gone", "s2", "ready"));
            traffic.goesOn()
                    .endsWithoutFailure(() -> Site.seenBy(ha))
                    .forEach(report -> System.out.printf(
                            "longest answer while a backend fell silent: %.0f ms%n", report.latencyMillis(1)));
        }
    }

    private static long crashes(Container container) {
        return Pattern.compile("pid=\\d+ was ended by SIGKILL")
                .matcher(container.log())
                .results()
                .count();
    }

    @Test
    void no_request_of_any_kind_fails_when_a_backend_is_stopped_under_load(Containers site) {
        var ha = site.balancer().start();
        var s1 = site.backend("s1").start();
        var s2 = site.backend("s2").start();
        Site.awaitOf(ha, all("alive", "s1", "s2"), all("ready", "s1", "s2"));
        try (var traffic = new Traffic(ha.published(80), Style.KEEP_ALIVE, Style.FRESH, Style.POST)) {
            traffic.awaitServedBy(s1.app()).awaitServedBy(s2.app());
            long stopNanos = System.nanoTime();
            assertThat(s1.stop()).isZero();
            say("podman stop of a backend under load", stopNanos, System.nanoTime());
            traffic.awaitNoLongerServedBy(s1.app());

            long startNanos = System.nanoTime();
            var s3 = site.backend("s3").start();
            traffic.awaitServedBy(s3.app());
            say("podman create and start of a backend, to its first answer", startNanos, System.nanoTime());
            traffic.goesOn().endsWithoutFailure(() -> Site.seenBy(ha));
        }
        long stopNanos = System.nanoTime();
        assertThat(ha.stop()).isZero();
        say("podman stop of the balancer", stopNanos, System.nanoTime());
    }

    /** Times are told, not tested. */
    private static void say(String what, long fromNanos, long toNanos) {
        System.out.printf("%s: %.2f s%n", what, (toNanos - fromNanos) / 1e9);
    }

    @Test
    void without_root_capabilities_or_anything_to_write_to_it_serves_from_its_caches(Containers site) {
        var ha = site.balancer(WITHOUT_ANY_RIGHT).start();
        var s1 = site.backend("s1", WITHOUT_ANY_RIGHT).start();
        Site.awaitOf(ha, all("alive", "s1"), all("ready", "s1"));
        try (var traffic = new Traffic(ha.published(80), Style.KEEP_ALIVE)) {
            traffic.awaitServedBy(s1.app()).endsWithoutFailure();
        }
        // A pattern, because the JVM maps a cache in pieces and drops some.
        assertThat(ha.exec("cat", "/proc/1/maps").orFail().stdout()).containsPattern("/cache/balance-\\w+-.*\\.aot");
        assertThat(s1.exec("cat", "/proc/1/maps").orFail().stdout()).containsPattern("/cache/node-\\w+-.*\\.aot");
        assertThat(ha.log()).as("sockets as fast as elsewhere").doesNotContain("transport=NIO");
        assertThat(s1.stop()).isZero();
        assertThat(ha.stop()).isZero();
    }

    @Test
    void the_logs_of_all_containers_arrive_at_one_syslog_receiver_also_after_it_was_away(Containers site) {
        // RFC 6587: messages come over TCP, one after another, each after its length.
        var receiver = site.create(
                        "logs",
                        "muster-webapp",
                        List.of("--entrypoint=node"),
                        List.of(
                                "-e",
                                "require('net').createServer((from) => from.on('data', (bytes) =>"
                                        + " process.stdout.write(bytes + '\\n')).on('error', () => {})).listen(6514)"))
                .start();
        var ha = site.balancer("--env=MUSTER_SYSLOG_ADDRESS=tcp://logs:6514").start();
        var apps = Stream.of("s1", "s2", "s3")
                .map(name -> site.backend(
                                name, "--env=MUSTER_LOG=tcp://logs:6514", "--env=MUSTER_SYSLOG_ADDRESS=tcp://logs:6514")
                        .start())
                .toList();
        apps.forEach(app -> awaitLogged(receiver, app, "listening"));
        // Muster's own: severity 5 of local0.
        apps.forEach(
                app -> awaitLogged(receiver, "<133>1 \\S+ " + app.name() + " muster - - - run: service=web announced"));
        apps.forEach(
                app -> awaitLogged(receiver, "<133>1 \\S+ ha muster - - - serf: EventMemberJoin: " + app.name() + " "));

        receiver.kill();
        apps.forEach(app -> app.firstProcess().descendants().forEach(ProcessHandle::destroy));
        receiver.start();
        apps.forEach(app -> awaitLogged(receiver, app, "stopping"));
        apps.forEach(app -> awaitLogged(receiver, " " + app.name() + " muster - - - run: service=web pid=\\d+ "));
        // The balancer connects again when it has something to say.
        apps.forEach(
                app -> awaitLogged(receiver, " ha muster - - - balance: backend=web@" + app.name() + " \\S+ removed "));
        assertThat(ha.stop()).isZero();
        awaitLogged(receiver, " ha muster - - - balance: Caught signal: TERM"); // the last lines come too
    }

    private static void awaitLogged(Container receiver, Container from, String words) {
        awaitLogged(receiver, "<30>1 \\S+ " + from.name() + " web - - - .*" + from.app() + " " + words);
    }

    private static void awaitLogged(Container receiver, String regex) {
        var line = Pattern.compile(regex);
        Await.until(
                "the receiver to have a line like " + line,
                Await.PATIENCE,
                () -> line.matcher(receiver.log()).find(),
                () -> Site.latest(receiver));
    }

    @Test
    void nothing_is_left_of_a_container_whose_first_process_is_killed(Containers site) {
        var s1 = site.backend("s1").startAndAwait();
        var first = s1.firstProcess();
        Await.until("the app to run", () -> first.descendants().findAny().isPresent());
        var family = first.descendants().toList();
        first.destroyForcibly();
        Await.until("podman to notice", () -> !s1.running());
        assertThat(s1.exitCode()).isEqualTo(137);
        assertThat(family).noneMatch(ProcessHandle::isAlive);
    }

    @Test
    void a_container_ends_with_the_code_of_an_app_that_ends_for_good(Containers site) {
        var once = site.create(
                        "once",
                        "muster-webapp",
                        List.of(),
                        List.of("run", "--service=web:3000", "--restart=never", "--", "sh", "-c", "exit 42"))
                .start();
        Await.until("the container to end", () -> !once.running());
        assertThat(once.exitCode()).isEqualTo(42);
    }
}
