package muster.proof.system.containers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import muster.proof.harness.Json;
import muster.proof.harness.Launcher;
import muster.proof.harness.Podman;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;

/** What is in the images, and what is built anew when something changes. */
@ExtendWith(ContainersOfTests.class)
@ResourceLock("podman")
class ImagesTest {

    @Test
    void a_change_of_the_app_makes_one_small_layer(Podman podman, @TempDir Path changed) throws IOException {
        var app = Files.readString(Launcher.root().resolve("examples/webapp/app.js"));
        Files.writeString(changed.resolve("app.js"), app + "// changed\n");
        var image = podman.image("muster-webapp") + "-changed";
        podman.run(
                        "build",
                        "--build-arg=BASE=" + podman.image("muster"),
                        "--tag=" + image,
                        "--file=" + Launcher.root().resolve("images/webapp/Containerfile"),
                        changed.toString())
                .orFail();
        try {
            var before = layers(podman, podman.image("muster-webapp"));
            var after = layers(podman, image);
            assertThat(after)
                    .hasSameSizeAs(before)
                    .startsWith(before.subList(0, before.size() - 1).toArray(String[]::new));
            assertThat(after.getLast()).isNotEqualTo(before.getLast());
            assertThat(bytesOfNewestLayer(podman, image)).isLessThan(100_000);
        } finally {
            podman.run("rmi", image);
        }
    }

    private static List<String> layers(Podman podman, String image) {
        return inspect(podman, image, "{{range .RootFS.Layers}}{{.}} {{end}}")
                .strip()
                .lines()
                .flatMap(line -> List.of(line.split(" ")).stream())
                .toList();
    }

    private static long bytesOfNewestLayer(Podman podman, String image) {
        var history = podman.run("history", "--format=json", image).orFail().stdout();
        return Json.objects(Json.object("{\"steps\":" + history + "}").get("steps")).stream()
                .map(step -> (Long) Objects.requireNonNull(step.get("size")))
                .filter(bytes -> bytes > 0) // others say something about the image only
                .findFirst()
                .orElseThrow();
    }

    private static String inspect(Podman podman, String image, String format) {
        return podman.run("image", "inspect", "--format", format, image)
                .orFail()
                .stdout();
    }

    @Test
    void the_images_say_how_they_are_to_be_stopped_and_started(Podman podman) {
        var image = podman.image("muster-webapp");
        assertThat(inspect(podman, image, "{{.Config.StopSignal}}").strip()).isEqualTo("SIGTERM");
        assertThat(podman.run("run", "--rm", podman.image("muster")).orFail().stdout())
                .contains("Usage: muster COMMAND");
    }
}
