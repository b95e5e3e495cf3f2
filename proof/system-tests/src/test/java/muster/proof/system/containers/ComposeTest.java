package muster.proof.system.containers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import muster.proof.harness.Await;
import muster.proof.harness.Command;
import muster.proof.harness.Connection;
import muster.proof.harness.Container;
import muster.proof.harness.Launcher;
import muster.proof.harness.OpenLoopClient.Style;
import muster.proof.harness.Podman;
import muster.proof.harness.Traffic;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.ResourceLock;

/** The compose files of the examples, as their first lines tell to use them. */
@ExtendWith(ContainersOfTests.class)
@ResourceLock("podman")
class ComposeTest {

    private final String project =
            "muster-proof-" + UUID.randomUUID().toString().substring(0, 8);

    @BeforeEach
    void podman_compose_is_there() {
        boolean there = Command.run(List.of("sh", "-c", "command -v podman-compose"), Map.of())
                        .exitCode()
                == 0;
        if (!there) {
            System.out.println("════ SKIPPED, the test of examples/compose.yaml: podman-compose is not installed");
        }
        Assumptions.assumeTrue(there, "podman-compose is not installed");
    }

    @AfterEach
    void nothing_is_left(Podman podman) {
        var containers = podman.run("ps", "--all", "--quiet", "--filter=label=io.podman.compose.project=" + project)
                .orFail()
                .stdout()
                .lines()
                .toList();
        containers.forEach(
                container -> podman.run("rm", "--force", "--time=0", container).orFail());
        podman.run("network", "rm", project + "_site");
    }

    @Test
    void the_compose_file_serves_and_is_scaled_up_and_down_without_a_failed_request(Podman podman) {
        scaled(podman, "compose.yaml");
    }

    @Test
    void with_haproxy_it_serves_and_is_scaled_up_and_down_without_a_failed_request(Podman podman) throws IOException {
        scaled(podman, "compose.yaml", "compose.haproxy.yaml");
        var ha = podman.container(project + "_ha_1", "ha");
        // Who was stopped is no server any more, once HAProxy has let go of its last connection.
        Await.until(
                "two servers on HAProxy's page",
                Await.PATIENCE,
                () -> servers(ha).size() == 2 && servers(ha).stream().allMatch(row -> row.contains(",UP,")),
                () -> servers(ha).toString());
        assertThat(commandLine(ha.published(9999), "show info")).contains("Name: HAProxy");
        assertThat(ha.stop()).isZero();
    }

    /** Their rows on HAProxy's page: their names are the numbers of their containers. */
    private static List<String> servers(Container ha) {
        try (var page = new Connection(ha.published(1936), Duration.ofSeconds(30))) {
            return page.exchange("GET", "/;csv", "", new byte[0])
                    .text()
                    .lines()
                    .filter(row -> row.matches("web,[0-9a-f]{12},.*"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void scaled(Podman podman, String... files) {
        up(podman, 2, files);
        var ha = podman.container(project + "_ha_1", "ha");
        awaitReady(ha, 2);
        try (var traffic = new Traffic(ha.published(80), Style.KEEP_ALIVE, Style.FRESH)) {
            up(podman, 3, files);
            awaitReady(ha, 3);
            assertThat(podman.container(project + "_s_1", "s1").stop()).isZero();
            awaitReady(ha, 2);
            traffic.goesOn().endsWithoutFailure(() -> Site.seenBy(ha));
        }
    }

    private void up(Podman podman, int backends, String... files) {
        var command = new ArrayList<>(List.of("podman-compose", "-p", project));
        podman.ownShare().forEach(flag -> command.add("--podman-run-args=" + flag));
        for (String file : files) {
            command.addAll(List.of(
                    "-f", Launcher.root().resolve("examples").resolve(file).toString()));
        }
        command.addAll(List.of("up", "-d"));
        podman.runOther(
                        command,
                        Map.of(
                                "TAG",
                                podman.tag(),
                                "BACKENDS",
                                Integer.toString(backends),
                                // "127.0.0.1::80": any free port
                                "HTTP_PORT",
                                "127.0.0.1:",
                                "STATS_PORT",
                                "127.0.0.1:",
                                "CLI_PORT",
                                "127.0.0.1:"))
                .orFail();
    }

    /** What HAProxy's command line answers. */
    private static String commandLine(String address, String command) throws IOException {
        int colon = address.lastIndexOf(':');
        try (var socket = new Socket(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)))) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write((command + "\n").getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    private static void awaitReady(Container ha, int backends) {
        Await.until(
                backends + " backends to be ready",
                Await.PATIENCE,
                () -> List.copyOf(ha.pool().values()).equals(Collections.nCopies(backends, "ready")),
                () -> ha.pool().toString());
    }
}
