package muster.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import muster.balancing.Announcement;
import muster.balancing.BalancingSettings;
import muster.balancing.Fleet;
import muster.balancing.FleetBuilder;

/** A proxy in a process of its own, with as much direct memory as it is given; it ends as the program does when a loop ends. */
final class SmallProxy implements AutoCloseable {
    private final Process process;
    private final BufferedReader output;
    private final Path log;
    private final int port;

    /** Its check asks for this. */
    private static final String CHECK = "/0/1";

    /** Balances over the one backend on {@code backendPort}, on one loop. */
    SmallProxy(Transport transport, int directMegabytes, int backendPort) {
        this(transport, directMegabytes, backendPort, ProxySettings.Times.DEFAULTS.response());
    }

    /** {@code response} is the limit for an answer. */
    SmallProxy(Transport transport, int directMegabytes, int backendPort, Duration response) {
        try {
            log = Files.createTempFile("small-proxy", ".log");
            process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:MaxDirectMemorySize=" + directMegabytes + "m",
                            "-Xmx128m",
                            "-XX:+UseSerialGC",
                            "-XX:TieredStopAtLevel=1",
                            "--enable-native-access=ALL-UNNAMED",
                            "--sun-misc-unsafe-memory-access=allow",
                            "-Dio.netty.noUnsafe=false",
                            "-cp",
                            System.getProperty("java.class.path").replace("\n", File.pathSeparator),
                            SmallProxy.class.getName(),
                            transport.name(),
                            Integer.toString(backendPort),
                            response.toString())
                    .redirectError(log.toFile())
                    .start();
            output = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
            port = Integer.parseInt(readLine());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The process itself: prints its port, and after each line read a number: of the counter that it names, or of what the order concerned. */
    public static void main(String[] arguments) throws IOException {
        int backendPort = Integer.parseInt(arguments[1]);
        var fleets = new FleetBuilder(BalancingSettings.DEFAULTS);
        var fleet = new AtomicReference<>(fleet(fleets, backendPort, ""));
        var listen = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        var checks = new ProxySettings.Checks(true, Duration.ofMillis(500), Duration.ofSeconds(5), 2, 2);
        ProxySettings settings = Stage.limit("response", Duration.parse(arguments[2]))
                .apply(ProxySettings.of(listen, "web"))
                .withLoops(1)
                .with(checks)
                .with(Transport.named(arguments[0]));
        try (Proxy proxy = Proxy.start(settings, fleet::get, suspected -> {})) {
            proxy.whenBroken(() -> Runtime.getRuntime().halt(1));
            System.out.println(proxy.port());
            var input = new BufferedReader(new InputStreamReader(System.in, UTF_8));
            var taken = new ArrayList<ByteBuf>();
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                System.out.println(
                        switch (line) {
                            case "take" -> takeAll(taken);
                            case "free" -> free(taken);
                            case "check" -> {
                                fleet.set(fleet(fleets, backendPort, CHECK));
                                proxy.fleetChanged();
                                yield backendPort;
                            }
                            default -> proxy.count(Counter.valueOf(line));
                        });
            }
        }
    }

    private static Fleet fleet(FleetBuilder fleets, int backendPort, String check) {
        var service = new Announcement.Service("web", backendPort, "http", check, 10, Announcement.Condition.READY);
        var node = new Announcement("n1", "127.0.0.1", new TreeMap<>(), Announcement.Presence.ALIVE, List.of(service));
        return fleets.apply(List.of(node), System.nanoTime());
    }

    private static long takeAll(List<ByteBuf> taken) {
        takeAll(taken, () -> Unpooled.directBuffer(64 << 10));
        // Whole pages of what the pool has already.
        takeAll(taken, () -> PooledByteBufAllocator.DEFAULT.directBuffer(8 << 10));
        return taken.stream().mapToLong(ByteBuf::capacity).sum();
    }

    private static void takeAll(List<ByteBuf> taken, Supplier<ByteBuf> next) {
        try {
            while (true) taken.add(next.get());
        } catch (OutOfMemoryError _) {
            // That was all.
        }
    }

    private static long free(List<ByteBuf> taken) {
        long bytes = taken.stream().mapToLong(ByteBuf::capacity).sum();
        taken.forEach(ByteBuf::release);
        return bytes;
    }

    private String readLine() throws IOException {
        String line = output.readLine();
        if (line == null) throw new AssertionError("the proxy has ended: " + log());
        return line;
    }

    int port() {
        return port;
    }

    long count(Counter counter) {
        return ask(counter.name());
    }

    /** Leaves no direct memory; to be freed again once. */
    void takeMemory() {
        ask("take");
    }

    void freeMemory() {
        ask("free");
    }

    /** Checks its backend from now on. */
    void check() {
        ask("check");
    }

    private long ask(String what) {
        try {
            process.getOutputStream().write((what + "\n").getBytes(UTF_8));
            process.getOutputStream().flush();
            return Long.parseLong(readLine());
        } catch (IOException e) {
            throw new AssertionError("the proxy has ended: " + log(), e);
        }
    }

    /** What it has said. */
    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor();
            Files.delete(log);
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
