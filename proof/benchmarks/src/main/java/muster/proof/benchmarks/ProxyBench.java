package muster.proof.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import muster.proof.harness.Await;
import muster.proof.harness.Command;
import muster.proof.harness.Connection;
import muster.proof.harness.Program;
import muster.proof.harness.Stage;

/**
 * Requests per CPU-second: how much work a proxy does for the time it takes from its machine.
 *
 * <p>The proxy alone has core 0; the load (wrk) and the backends (one nginx worker on three addresses) have core 1. So the
 * requests per wall second are bounded by the rig and no measure of the proxy; requests divided by the CPU time of the proxy's
 * process (user and system, all threads, so that JIT and GC count) are. Slices of two seconds, the order of the proxies drawn
 * anew in every round, medians: a neighbour's noise hits all alike.
 */
final class ProxyBench {

    private static final String PROXY_CORE = "0";
    private static final String REST_CORE = "1";
    private static final int SLICE_SECONDS = 2;
    private static final int BACKENDS = 3;
    private static final int BACKEND_PORT = 22_000;
    private static final long SEED = 42;

    // A JVM compiles its hot path within 10 to 15 s of load when it has the core alone, and later when it has to share
    // it. So
    // the load goes on until the last slices are alike; a proxy that is compiled already is warm after as many slices.
    private static final int WARM_SLICES = 3;
    private static final double WARM_SPREAD = 0.1;
    private static final int JVM_WARM_UP_SLICES_MIN = 8;
    private static final int WARM_UP_SLICES_MAX = 30;

    /** What Muster tells backends of a client, and HAProxy does when it is asked to; X-Forwarded-For it adds in any case. */
    private static final String FIELDS_AS_MUSTER = """
              http-request set-header X-Forwarded-Proto http
              http-request set-header X-Forwarded-Port %[dst_port]
              http-request set-header X-Forwarded-Host %[req.hdr(host)]
            """;

    private enum Load {
        SMALL("100 B", 100, true),
        LARGE("16 KiB", 16 << 10, true),
        CONNECT("100 B, a connection per request", 100, false);

        final String label;
        final int bytes;
        final boolean keepAlive;

        Load(String label, int bytes, boolean keepAlive) {
            this.label = label;
            this.bytes = bytes;
            this.keepAlive = keepAlive;
        }
    }

    /** A proxy under test: where it listens, and whose CPU time counts. */
    private record Target(String label, String address, long pid, int warmUpSlicesMin) {}

    /** All slices of one proxy with one load. */
    private record Result(Target target, Load load, List<Slice> slices) {

        double[] perCpuSecond() {
            return slices.stream().mapToDouble(Slice::perCpuSecond).toArray();
        }

        double pooled() {
            return slices.stream().mapToLong(Slice::requests).sum()
                    / slices.stream().mapToDouble(Slice::cpuSeconds).sum();
        }

        double median(ToDoubleFunction<Slice> figure) {
            return Bench.median(slices.stream().mapToDouble(figure).toArray());
        }
    }

    private record Slice(long requests, double cpuSeconds, double wallSeconds, double p99Millis) {

        double perCpuSecond() {
            return requests / cpuSeconds;
        }
    }

    private final Stage stage;
    private final int rounds;
    private final List<String> backends;

    ProxyBench(Stage stage, int rounds) {
        this.stage = stage;
        this.rounds = rounds;
        this.backends =
                IntStream.range(0, BACKENDS).mapToObj(n -> stage.address()).toList();
    }

    void run() {
        var facts = MachineFacts.line();
        startBackends();
        var targets = List.of(
                haproxy("HAProxy", ""), haproxy("HAProxy, fields as Muster", FIELDS_AS_MUSTER), nginx(), muster());
        var results = new ArrayList<List<Result>>();
        var random = new Random(SEED);
        for (var load : Load.values()) {
            targets.forEach(target -> warmUp(target, load));
            results.add(measure(targets, load, random));
        }
        print(facts, results);
    }

    private void warmUp(Target target, Load load) {
        var last = new ArrayDeque<Double>();
        for (int slice = 1; slice <= WARM_UP_SLICES_MAX; slice++) {
            double figure = wrk(target, load).perCpuSecond();
            Bench.progress("%s, warming up %s: %.0f req/CPU-s".formatted(load.label, target.label(), figure));
            last.add(figure);
            if (last.size() > WARM_SLICES) {
                last.remove();
            }
            if (slice >= target.warmUpSlicesMin()
                    && Collections.min(last) > (1 - WARM_SPREAD) * Collections.max(last)) {
                return;
            }
        }
        Bench.progress("%s, %s: never came to rest".formatted(load.label, target.label()));
    }

    /** One result per proxy, in the order of the targets. */
    private List<Result> measure(List<Target> targets, Load load, Random random) {
        var results = targets.stream()
                .map(target -> new Result(target, load, new ArrayList<>()))
                .toList();
        for (int round = 1; round <= rounds; round++) {
            var order = new ArrayList<>(results);
            Collections.shuffle(order, random);
            for (var result : order) {
                var slice = wrk(result.target(), load);
                result.slices().add(slice);
                Bench.progress("%s, round %d: %s %.0f req/CPU-s"
                        .formatted(load.label, round, result.target().label(), slice.perCpuSecond()));
            }
        }
        return results;
    }

    private Slice wrk(Target target, Load load) {
        double cpuBefore = Usage.cpuSeconds(target.pid());
        long beginNanos = System.nanoTime();
        var output = Command.run(
                        pinned(
                                REST_CORE,
                                "wrk",
                                "-t1",
                                "-c64",
                                "-d" + SLICE_SECONDS + "s",
                                "-HConnection: " + (load.keepAlive ? "keep-alive" : "close"),
                                "--latency",
                                "http://" + target.address() + "/" + load.bytes),
                        Map.of())
                .orFail()
                .stdout();
        double wall = (System.nanoTime() - beginNanos) / 1e9;
        double cpu = Usage.cpuSeconds(target.pid()) - cpuBefore;
        if (output.contains("Non-2xx") || output.contains("Socket errors")) {
            throw new AssertionError(target.label() + " failed requests:\n" + output);
        }
        var p99 = number(output, "99%\\s+([0-9.]+)(us|ms|s)");
        return new Slice((long) number(output, "(\\d+) requests in"), cpu, wall, p99);
    }

    /** The first group as a number; a time, with its unit in the second group, in milliseconds. */
    private static double number(String output, String regex) {
        var match = Pattern.compile(regex).matcher(output);
        if (!match.find()) {
            throw new AssertionError("wrk said something else:\n" + output);
        }
        double value = Double.parseDouble(match.group(1));
        return match.groupCount() == 1
                ? value
                : switch (match.group(2)) {
                    case "us" -> value / 1e3;
                    case "s" -> value * 1e3;
                    default -> value;
                };
    }

    private static List<String> pinned(String core, String... command) {
        var all = new ArrayList<>(List.of("taskset", "-c", core));
        all.addAll(List.of(command));
        return all;
    }

    /** Made as cheap as nginx can be, because the backends share a core with wrk: a rig at its limit hides what the proxies can do. */
    private void startBackends() {
        for (var load : Load.values()) {
            stage.file(Integer.toString(load.bytes), "x".repeat(load.bytes));
        }
        var listen = backends.stream()
                .map(address -> "listen " + address + ":" + BACKEND_PORT + ";")
                .collect(Collectors.joining(" "));
        nginx("backend", REST_CORE, """
                server {
                  %s
                  root %s;
                  default_type text/plain;
                  sendfile on;
                  open_file_cache max=16 inactive=1h;
                  location = /%d { return 200 "%s"; }
                }""".formatted(
                        listen, stage.directory(), Load.SMALL.bytes, "x".repeat(Load.SMALL.bytes)));
        backends.forEach(address -> awaitAnswer(address + ":" + BACKEND_PORT));
    }

    private Target haproxy(String label, String rules) {
        var address = stage.address() + ":8080";
        var servers = IntStream.range(0, BACKENDS)
                .mapToObj(n -> "  server s" + n + " " + backends.get(n) + ":" + BACKEND_PORT + " check")
                .collect(Collectors.joining("\n"));
        var configuration = stage.file(label + ".cfg", """
                global
                  nbthread 1
                  maxconn 4000
                defaults
                  mode http
                  timeout connect 5s
                  timeout client 60s
                  timeout server 60s
                  option forwardfor
                  http-reuse always
                frontend in
                  bind %s
                %s  default_backend web
                backend web
                %s
                """.formatted(address, rules, servers));
        var program = stage.start(label, pinned(PROXY_CORE, "haproxy", "-db", "-f", configuration.toString()));
        awaitAnswer(address);
        return new Target(label, address, program.pid(), WARM_SLICES);
    }

    private Target nginx() {
        var address = stage.address() + ":8080";
        var servers = backends.stream()
                .map(backend -> "server " + backend + ":" + BACKEND_PORT + ";")
                .collect(Collectors.joining(" "));
        var program = nginx("nginx", PROXY_CORE, """
                upstream web { %s keepalive 256; keepalive_requests 1000000000; }
                server {
                  listen %s;
                  location / {
                    proxy_pass http://web;
                    proxy_http_version 1.1;
                    proxy_set_header Connection "";
                    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                  }
                }""".formatted(servers, address));
        awaitAnswer(address);
        long worker = program.children().getFirst().pid(); // the master only waits
        return new Target("nginx", address, worker, WARM_SLICES);
    }

    private Program nginx(String name, String core, String http) {
        var configuration = stage.file(name + ".conf", """
                worker_processes 1;
                daemon off;
                pid %1$s/%2$s.pid;
                error_log stderr warn;
                events { worker_connections 4000; }
                http {
                  access_log off;
                  keepalive_requests 1000000000;
                  client_body_temp_path %1$s/%2$s-body; proxy_temp_path %1$s/%2$s-proxy; fastcgi_temp_path %1$s/%2$s-fcgi;
                  uwsgi_temp_path %1$s/%2$s-uwsgi; scgi_temp_path %1$s/%2$s-scgi;
                  %3$s
                }
                """.formatted(stage.directory(), name, http));
        return stage.start(name, pinned(core, "nginx", "-c", configuration.toString(), "-e", "stderr"));
    }

    private Target muster() {
        var balancer = stage.balancer("balancer")
                .under("taskset", "-c", PROXY_CORE)
                .with("-backend-port=" + BACKEND_PORT)
                .start();
        for (int n = 0; n < BACKENDS; n++) {
            stage.serf("backend-" + n)
                    .at(backends.get(n))
                    .with("-tag=role=backend", "-join=" + balancer.gossipAddress())
                    .start();
        }
        awaitAnswer(balancer.listenAddress());
        return new Target("Muster", balancer.listenAddress(), balancer.program().pid(), JVM_WARM_UP_SLICES_MIN);
    }

    private void awaitAnswer(String address) {
        Await.until("an answer of " + address, () -> {
            try (var connection = new Connection(address, Duration.ofSeconds(1))) {
                return connection
                                .exchange("GET", "/" + Load.SMALL.bytes, "", new byte[0])
                                .status()
                        == 200;
            } catch (IOException e) {
                return false; // not yet
            }
        });
    }

    private void print(String facts, List<List<Result>> results) {
        System.out.printf("""
                ## Requests per CPU-second

                %s Command: `proof/benchmarks/bench proxy %d`.

                The proxy has core 0 alone; wrk (64 connections) and three nginx backends (one worker) have core 1. %d rounds of %d s slices
                in shuffled order, after a warm-up per proxy and load; CPU is user and system time of the proxy's process, JIT and GC
                included. Where the proxy's core is not busy all the time the rig is the bound, so requests per wall second do not compare
                the proxies. All keep their connections to the backends and log no requests. HAProxy: 1 thread, http-reuse always, and
                forwardfor alone or the four fields that Muster adds. nginx: 1 worker, 256 kept connections, X-Forwarded-For. Muster: as it
                starts from the launcher, one event loop, four fields. No request failed.

                | load | proxy | req/CPU-s, median | min … max | ratio to HAProxy: medians / pooled | req/s | its core busy | p99 ms | RSS MiB |
                |---|---|---|---|---|---|---|---|---|
                """, facts, rounds, rounds, SLICE_SECONDS);
        for (var ofLoad : results) {
            var haproxy = ofLoad.getFirst();
            for (var result : ofLoad) {
                var perCpuSecond = result.perCpuSecond();
                System.out.printf(
                        "| %s | %s | %.0f | %.0f … %.0f | %.2f / %.2f | %.0f | %.0f %% | %.1f | %.0f |%n",
                        result.load().label,
                        result.target().label(),
                        Bench.median(perCpuSecond),
                        Arrays.stream(perCpuSecond).min().orElse(0),
                        Arrays.stream(perCpuSecond).max().orElse(0),
                        Bench.median(perCpuSecond) / Bench.median(haproxy.perCpuSecond()),
                        result.pooled() / haproxy.pooled(),
                        result.median(slice -> slice.requests() / slice.wallSeconds()),
                        result.median(slice -> 100 * slice.cpuSeconds() / slice.wallSeconds()),
                        result.median(Slice::p99Millis),
                        Usage.rssMiB(result.target().pid()));
            }
        }
    }
}
