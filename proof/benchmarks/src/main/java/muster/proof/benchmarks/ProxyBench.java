package muster.proof.benchmarks;

import java.io.IOException;
import java.time.Duration;
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
    private static final int WARM_UP_SECONDS = 10; // a JVM has compiled its hot path after about six
    private static final int BACKENDS = 3;
    private static final int BACKEND_PORT = 22_000;
    private static final long SEED = 42;

    private enum Body {
        SMALL("100 B", 100),
        LARGE("16 KiB", 16 << 10);

        final String label;
        final int bytes;

        Body(String label, int bytes) {
            this.label = label;
            this.bytes = bytes;
        }
    }

    /** A proxy under test: where it listens, and whose CPU time counts. */
    private record Target(String label, String address, long pid) {}

    /** All slices of one proxy with one body. */
    private record Result(Target target, Body body, List<Slice> slices) {

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
        var targets = List.of(haproxy(), nginx(), muster());
        var results = new ArrayList<List<Result>>();
        var random = new Random(SEED);
        for (var body : Body.values()) {
            targets.forEach(target -> warmUp(target, body));
            results.add(measure(targets, body, random));
        }
        print(facts, results);
    }

    private void warmUp(Target target, Body body) {
        Bench.progress("warming up %s, %s".formatted(target.label(), body.label));
        wrk(target, body, WARM_UP_SECONDS);
    }

    /** One result per proxy, in the order of the targets. */
    private List<Result> measure(List<Target> targets, Body body, Random random) {
        var results = targets.stream()
                .map(target -> new Result(target, body, new ArrayList<>()))
                .toList();
        for (int round = 1; round <= rounds; round++) {
            var order = new ArrayList<>(results);
            Collections.shuffle(order, random);
            for (var result : order) {
                var slice = wrk(result.target(), body, SLICE_SECONDS);
                result.slices().add(slice);
                Bench.progress("%s round %d: %-8s %6.0f req/CPU-s"
                        .formatted(body.label, round, result.target().label(), slice.perCpuSecond()));
            }
        }
        return results;
    }

    private Slice wrk(Target target, Body body, int seconds) {
        double cpuBefore = Usage.cpuSeconds(target.pid());
        long beginNanos = System.nanoTime();
        var output = Command.run(
                        pinned(
                                REST_CORE,
                                "wrk",
                                "-t1",
                                "-c64",
                                "-d" + seconds + "s",
                                "--latency",
                                "http://" + target.address() + "/" + body.bytes),
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

    private void startBackends() {
        for (var body : Body.values()) {
            stage.file(Integer.toString(body.bytes), "x".repeat(body.bytes));
        }
        var listen = backends.stream()
                .map(address -> "listen " + address + ":" + BACKEND_PORT + ";")
                .collect(Collectors.joining(" "));
        nginx(
                "backend",
                REST_CORE,
                "server { " + listen + " root " + stage.directory() + "; default_type text/plain; }");
        backends.forEach(address -> awaitAnswer(address + ":" + BACKEND_PORT));
    }

    private Target haproxy() {
        var address = stage.address() + ":8080";
        var servers = IntStream.range(0, BACKENDS)
                .mapToObj(n -> "  server s" + n + " " + backends.get(n) + ":" + BACKEND_PORT + " check")
                .collect(Collectors.joining("\n"));
        var configuration = stage.file("haproxy.cfg", """
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
                  default_backend web
                backend web
                %s
                """.formatted(address, servers));
        var program = stage.start("haproxy", pinned(PROXY_CORE, "haproxy", "-db", "-f", configuration.toString()));
        awaitAnswer(address);
        return new Target("HAProxy", address, program.pid());
    }

    private Target nginx() {
        var address = stage.address() + ":8080";
        var servers = backends.stream()
                .map(backend -> "server " + backend + ":" + BACKEND_PORT + ";")
                .collect(Collectors.joining(" "));
        var program = nginx("nginx", PROXY_CORE, """
                upstream web { %s keepalive 256; }
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
        return new Target("nginx", address, program.children().getFirst().pid()); // the worker; the master only waits
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
        return new Target("Muster", balancer.listenAddress(), balancer.program().pid());
    }

    private void awaitAnswer(String address) {
        Await.until("an answer of " + address, () -> {
            try (var connection = new Connection(address, Duration.ofSeconds(1))) {
                return connection
                                .exchange("GET", "/" + Body.SMALL.bytes, "", new byte[0])
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

                The proxy has core 0 alone; wrk (64 keep-alive connections) and three nginx backends (one worker) have core 1. %d rounds of
                %d s slices in shuffled order; CPU is user and system time of the proxy's process, JIT and GC included. Requests per wall
                second are bounded by the rig, so they do not compare the proxies. HAProxy: 1 thread, http-reuse always, forwardfor.
                nginx: 1 worker, 256 kept connections. No request failed.

                | body | proxy | req/CPU-s, median | min … max | ratio to HAProxy: medians / pooled | req/s (rig-bound) | p99 ms | RSS MiB |
                |---|---|---|---|---|---|---|---|
                """, facts, rounds, rounds, SLICE_SECONDS);
        for (var ofBody : results) {
            var haproxy = ofBody.getFirst();
            for (var result : ofBody) {
                var perCpuSecond = result.perCpuSecond();
                System.out.printf(
                        "| %s | %s | %.0f | %.0f … %.0f | %.2f / %.2f | %.0f | %.1f | %.0f |%n",
                        result.body().label,
                        result.target().label(),
                        Bench.median(perCpuSecond),
                        Arrays.stream(perCpuSecond).min().orElse(0),
                        Arrays.stream(perCpuSecond).max().orElse(0),
                        Bench.median(perCpuSecond) / Bench.median(haproxy.perCpuSecond()),
                        result.pooled() / haproxy.pooled(),
                        result.median(slice -> slice.requests() / slice.wallSeconds()),
                        result.median(Slice::p99Millis),
                        Usage.rssMiB(result.target().pid()));
            }
        }
    }
}
