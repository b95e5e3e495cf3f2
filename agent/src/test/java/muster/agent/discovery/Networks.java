package muster.agent.discovery;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Hosts with networks of their own on this machine: a network namespace each, cables between them. */
final class Networks implements AutoCloseable {
    private final Map<String, Process> hosts = new TreeMap<>();

    /** Skips the test where no namespaces can be made. */
    static void needed() throws Exception {
        assumeTrue(
                new ProcessBuilder("unshare", "-n", "ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1")
                                .redirectErrorStream(true)
                                .start()
                                .waitFor()
                        == 0,
                "no network namespaces here: they need root, iproute2 and a kernel with veth");
    }

    void host(String name) throws IOException, InterruptedException {
        // It ends when we do: its standard input is ours.
        hosts.put(name, new ProcessBuilder("unshare", "-n", "sh", "-c", "echo up; exec cat").start());
        hosts.get(name).getInputStream().read();
        in(name, "ip", "link", "set", "lo", "up");
        // Else addresses of IPv6 cannot be used for the first second, and serf gives up its first question then.
        in(name, "sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.all.accept_dad=0");
    }

    /** A cable from an interface of one host to one of another, with these addresses. */
    void cable(String one, String itsInterface, String itsAddress, String other, String otherInterface, String address)
            throws IOException, InterruptedException {
        run(List.of(
                "ip",
                "link",
                "add",
                itsInterface,
                "netns",
                pid(one),
                "type",
                "veth",
                "peer",
                "name",
                otherInterface,
                "netns",
                pid(other)));
        plug(one, itsInterface, itsAddress);
        plug(other, otherInterface, address);
        awaitUp(one, itsInterface);
        awaitUp(other, otherInterface);
    }

    /** The kernel says so a moment later. */
    private void awaitUp(String host, String name) {
        await().atMost(Duration.ofSeconds(30))
                .until(() -> in(host, "ip", "link", "show", "dev", name).contains("state UP"));
    }

    private void plug(String host, String name, String address) throws IOException, InterruptedException {
        in(host, "ip", "address", "add", address, "dev", name);
        in(host, "ip", "link", "set", name, "up");
    }

    /** What stands before a command that runs on this host. */
    List<String> on(String host) {
        return List.of("nsenter", "-t", pid(host), "-n");
    }

    /** What it says. */
    String in(String host, String... words) throws IOException, InterruptedException {
        var line = new ArrayList<>(on(host));
        line.addAll(List.of(words));
        return run(line);
    }

    private static String run(List<String> words) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(words + ": " + said);
        }
        return said;
    }

    private String pid(String host) {
        return Long.toString(hosts.get(host).pid());
    }

    @Override
    public void close() {
        hosts.values().forEach(Process::destroyForcibly);
    }
}
