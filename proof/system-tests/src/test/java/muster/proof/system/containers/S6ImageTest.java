package muster.proof.system.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import muster.proof.harness.Await;
import muster.proof.harness.Containers;
import muster.proof.harness.Podman;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;

/** An image as people made them for s6-overlay v1: only what it stands on is another. */
@ExtendWith(ContainersOfTests.class)
@ResourceLock("podman")
class S6ImageTest {

    private static final String CONTAINERFILE = """
            ARG BASE
            FROM $BASE
            COPY etc /etc
            ENV GREETING="hello from the image"
            ENTRYPOINT ["/init"]
            CMD []
            """;

    private static final Map<String, String> ETC = Map.of(
            "cont-init.d/10-setup",
            """
            #!/usr/bin/with-contenv sh
            echo "setting up: $GREETING"
            printf 'a word of the setup' >/var/run/s6/container_environment/WORD
            """,
            "services.d/web/run",
            """
            #!/usr/bin/with-contenv sh
            echo "web with $WORD, started by $(id -un)"
            exec s6-setuidgid nobody sh -c 'echo "web runs as $(id -un)"; exec sleep 1000'
            """,
            "services.d/web/finish",
            """
            #!/bin/sh
            echo "web ended with $1 $2"
            """,
            "services.d/talker/run",
            """
            #!/bin/sh
            echo "talker talks"
            exec sleep 1000
            """,
            "services.d/talker/log/run",
            """
            #!/bin/sh
            exec logutil-service /tmp/talker
            """,
            "services.d/fragile/run",
            """
            #!/bin/sh
            until [ -e /tmp/fall ]; do sleep 0.1; done
            exit 9
            """,
            "services.d/fragile/finish",
            """
            #!/bin/sh
            exec s6-svscanctl -t /var/run/s6/services
            """,
            "cont-finish.d/bye",
            """
            #!/bin/sh
            echo bye
            """);

    private static final String NAME = "muster-s6-tree";

    @BeforeAll
    static void build(Podman podman, @TempDir Path directory) throws IOException {
        Files.writeString(directory.resolve("Containerfile"), CONTAINERFILE);
        for (var file : ETC.entrySet()) {
            var path = directory.resolve("etc").resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.writeString(path, file.getValue());
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        podman.run(
                        "build",
                        "--build-arg=BASE=" + podman.image("muster"),
                        "--tag=" + podman.image(NAME),
                        directory.toString())
                .orFail();
    }

    @AfterAll
    static void remove(Podman podman) {
        podman.run("rmi", podman.image(NAME));
    }

    @Test
    void it_boots_its_services_are_steered_by_the_tools_in_it_and_it_ends_in_order(Containers site) {
        var container = site.create("tree", NAME, List.of(), List.of()).start();
        Await.until(
                "the service to run",
                Await.PATIENCE,
                () -> container.log().contains("web runs as nobody"),
                container::log);
        assertThat(container.log())
                .contains("setting up: hello from the image", "web with a word of the setup, started by root");

        assertThat(container
                        .exec("s6-svstat", "/var/run/s6/services/web")
                        .orFail()
                        .stdout())
                .startsWith("up (pid ");
        // There is no s6-log in it.
        Await.until(
                "the logger of talker to have written",
                Await.PATIENCE,
                () -> container.exec("cat", "/tmp/talker/current").stdout().endsWith("  talker talks\n"),
                container::log);
        assertThat(container.exec("stat", "-c", "%U", "/tmp/talker/current").stdout())
                .isEqualTo("nobody\n");
        assertThat(container.exec("muster", "svc", "status").orFail().stdout()).contains("web", "fragile");
        // It has no notification-fd: nothing to wait for but that it is up.
        assertThat(container
                        .exec("s6-svc", "-wU", "-T", "30000", "-u", "/var/run/s6/services/web")
                        .orFail()
                        .stderr())
                .contains("ignoring request for readiness notification");
        container.exec("s6-svc", "-wD", "-d", "/var/run/s6/services/web").orFail();
        assertThat(container
                        .exec("s6-svstat", "/var/run/s6/services/web")
                        .orFail()
                        .stdout())
                .startsWith("down (signal SIGTERM)");
        // It passes through podman's hands, which may take a moment.
        Await.until(
                "the word of its finish script",
                Await.PATIENCE,
                () -> container.log().contains("web ended with 256 15"),
                container::log);

        assertThat(container.stop()).isZero();
        assertThat(container.log()).contains("bye");
    }

    @Test
    void a_service_whose_finish_script_ends_the_container_gives_it_its_code(Containers site) {
        var container = site.create("tree", NAME, List.of(), List.of()).start();
        Await.until(
                "the service to run",
                Await.PATIENCE,
                () -> container.log().contains("web runs as nobody"),
                container::log);

        container.exec("touch", "/tmp/fall").orFail();

        Await.until("the container to end", Await.PATIENCE, () -> !container.running(), container::log);
        assertThat(container.exitCode()).isEqualTo(9);
        assertThat(container.log()).contains("bye");
    }

    @Test
    void it_ends_with_the_code_of_its_command(Containers site) {
        var container = site.create(
                        "tree", NAME, List.of(), List.of("with-contenv", "sh", "-c", "echo \"I have $WORD\"; exit 3"))
                .start();

        Await.until("the container to end", Await.PATIENCE, () -> !container.running(), container::log);
        assertThat(container.exitCode()).isEqualTo(3);
        assertThat(container.log()).contains("I have a word of the setup", "web ended with 256 15", "bye");
    }

    @Test
    void under_the_init_of_the_engine_it_adopts_orphans_and_ends_the_same(Containers site) {
        var init = Path.of("/usr/bin/tini-static");
        assumeTrue(Files.isExecutable(init), init + " is not there: install the package tini");
        var container = site.create(
                        "tree",
                        NAME,
                        List.of("--init", "--init-path=" + init),
                        List.of("sh", "-c", "(setsid sleep 998 &); until [ -e /tmp/go ]; do sleep 0.1; done; exit 7"))
                .start();
        String orphan =
                "for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline | grep -q '^sleep 998' && sed -n 's/^PPid:\t//p' $p/status; done; true";
        Await.until(
                "the orphan", () -> !container.exec("sh", "-c", orphan).stdout().isBlank());

        assertThat(container.exec("cat", "/proc/1/cmdline").stdout())
                .contains("init")
                .doesNotContain("java");
        String parent = container.exec("sh", "-c", orphan).orFail().stdout().strip();
        assertThat(container.exec("cat", "/proc/" + parent + "/comm").orFail().stdout())
                .isEqualTo("java\n");
        container.exec("touch", "/tmp/go").orFail();

        Await.until("the container to end", Await.PATIENCE, () -> !container.running(), container::log);
        assertThat(container.exitCode()).isEqualTo(7);
        assertThat(container.log()).contains("web ended with 256 15", "bye");
    }

    @Test
    void it_needs_no_right_and_nothing_that_can_be_written_to(Containers site) {
        var container = site.create(
                        "tree",
                        NAME,
                        List.of(
                                "--read-only",
                                "--read-only-tmpfs=false",
                                "--user=10001:10001",
                                "--cap-drop=ALL",
                                "--security-opt=no-new-privileges"),
                        List.of("with-contenv", "sh", "-c", "echo \"$GREETING by $(id -u)\"; exit 5"))
                .start();

        Await.until("the container to end", Await.PATIENCE, () -> !container.running(), container::log);
        assertThat(container.exitCode()).as(container.log()).isEqualTo(5);
        assertThat(container.log()).contains("/var/run/s6 cannot be written", "hello from the image by 10001", "bye");
    }
}
