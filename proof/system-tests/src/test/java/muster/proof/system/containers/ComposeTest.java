package muster.proof.system.containers;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import muster.proof.harness.Await;
import muster.proof.harness.Command;
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
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** The compose file of the examples, as its first lines tell to use it. */
@ExtendWith(ContainersOfTests.class)
@ResourceLock(value = "load", mode = ResourceAccessMode.READ_WRITE)
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
        up(podman, 2);
        var ha = podman.container(project + "_ha_1", "ha");
        awaitReady(ha, 2);
        try (var traffic = new Traffic(ha.published(80), Style.KEEP_ALIVE, Style.FRESH)) {
            up(podman, 3);
            awaitReady(ha, 3);
            assertThat(podman.container(project + "_s_1", "s1").stop()).isZero();
            awaitReady(ha, 2);
            traffic.goesOn().endsWithoutFailure();
        }
    }

    private void up(Podman podman, int backends) {
        var compose = Launcher.root().resolve("examples/compose.yaml").toString();
        podman.runOther(
                        List.of("podman-compose", "-p", project, "-f", compose, "up", "-d"),
                        Map.of(
                                "TAG",
                                podman.tag(),
                                "BACKENDS",
                                Integer.toString(backends),
                                // "127.0.0.1::80": any free port
                                "HTTP_PORT",
                                "127.0.0.1:",
                                "STATS_PORT",
                                "127.0.0.1:"))
                .orFail();
    }

    private static void awaitReady(Container ha, int backends) {
        Await.until(
                backends + " backends to be ready",
                Await.PATIENCE,
                () -> List.copyOf(ha.pool().values()).equals(Collections.nCopies(backends, "ready")),
                () -> ha.pool().toString());
    }
}
