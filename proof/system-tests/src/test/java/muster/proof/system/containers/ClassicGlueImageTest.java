package muster.proof.system.containers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import muster.proof.harness.Await;
import muster.proof.harness.Connection;
import muster.proof.harness.Containers;
import muster.proof.harness.Launcher;
import muster.proof.harness.Podman;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;

/** {@code examples/classic-glue} as an image, made by the Containerfile that its README shows. */
@ExtendWith(ContainersOfTests.class)
@ResourceLock("podman")
class ClassicGlueImageTest {
    private static final String NAME = "muster-classic-glue";
    private static final Pattern CONTAINERFILE = Pattern.compile("```dockerfile\n(.*?)```", Pattern.DOTALL);

    @BeforeAll
    static void build(Podman podman, @TempDir Path directory) throws IOException {
        var example = Launcher.root().resolve("examples/classic-glue");
        var readme = CONTAINERFILE.matcher(Files.readString(example.resolve("README.md")));
        assertThat(readme.find()).isTrue();
        Path containerfile = Files.writeString(directory.resolve("Containerfile"), readme.group(1));
        podman.run(
                        "build",
                        "--build-arg=BASE=" + podman.image("muster-haproxy"),
                        "--tag=" + podman.image(NAME),
                        "--file=" + containerfile,
                        example.toString())
                .orFail();
    }

    @AfterAll
    static void remove(Podman podman) {
        podman.run("rmi", podman.image(NAME));
    }

    @Test
    void backends_come_and_go_by_the_handlers_of_the_glue(Containers site) {
        var lb = site.create("ha", NAME, List.of("--publish=127.0.0.1::80"), List.of())
                .start();
        // Under `muster run`: to the glue, members like any others. They say what its handlers ask of a backend.
        for (String name : List.of("s1", "s2")) {
            site.backend(name, "--env=MUSTER_TAG=role=backend").start();
        }
        Await.until(
                "both to be servers",
                Await.PATIENCE,
                () -> lb.exec("grep", "-c", "^    server s", "/etc/haproxy/haproxy.cfg")
                        .stdout()
                        .equals("2\n"),
                lb::log);
        assertThat(lb.exec("serf", "members").orFail().stdout()).contains("s1", "s2", "role=balancer");
        assertThat(lb.exec("cat", "/run/events").stdout()).contains("member-join s1", "member-join s2");
        Await.until("an answer", Await.PATIENCE, () -> answered(lb.published(80)), lb::log);

        // Not a stop under load: that the glue loses requests then is why Muster is there.
        assertThat(lb.exec("s6-svstat", "/var/run/s6/services/haproxy").orFail().stdout())
                .startsWith("up (pid ");
        assertThat(lb.stop()).isZero();
    }

    private static boolean answered(String address) {
        try (var connection = new Connection(address, Duration.ofSeconds(5))) {
            return connection.exchange("GET", "/who", "", new byte[0]).status() == 200;
        } catch (IOException e) {
            return false;
        }
    }
}
