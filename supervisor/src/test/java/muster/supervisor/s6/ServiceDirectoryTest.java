package muster.supervisor.s6;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import muster.supervisor.Finish;
import muster.supervisor.Launch;
import muster.supervisor.Logging;
import muster.supervisor.Pace;
import muster.supervisor.Reach;
import muster.supervisor.Readiness;
import muster.supervisor.RestartPolicy;
import muster.supervisor.ServiceSpec;
import muster.supervisor.Signal;
import muster.supervisor.Stopping;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServiceDirectoryTest {
    @TempDir
    Path directory;

    private final List<String> warnings = new ArrayList<>();

    @BeforeEach
    void run() throws IOException {
        file("run", "#!/bin/sh -e\nexec true\n");
    }

    private void file(String name, String content) throws IOException {
        Files.createDirectories(directory.resolve(name).getParent());
        Files.writeString(directory.resolve(name), content);
    }

    private ServiceSpec read() {
        return ServiceDirectory.read(directory, "web", new TreeMap<>(), Logging.INHERITED, warnings::add);
    }

    @Test
    void with_nothing_but_a_run_script_it_is_as_s6_has_it() {
        ServiceSpec service = read();

        assertThat(service.command()).containsExactly("/bin/sh", "-e", "./run");
        assertThat(service.launch().directory()).isEqualTo(directory.toString());
        assertThat(service.launch().input()).isEqualTo(Launch.Input.NOTHING);
        assertThat(service.launch().session()).isEqualTo(Launch.Session.OWN);
        assertThat(service.restarts().policy()).isEqualTo(RestartPolicy.ALWAYS);
        assertThat(service.restarts().pace()).isEqualTo(Pace.S6);
        assertThat(service.readiness()).isEqualTo(Readiness.NONE);
        assertThat(service.stopping().signals()).containsExactly(Signal.TERM);
        assertThat(service.stopping().timeout()).isEqualTo(Stopping.NEVER);
        assertThat(service.stopping().reach()).isEqualTo(Reach.PROCESS);
        assertThat(service.finish()).isEqualTo(Finish.NONE);
        assertThat(service.logging()).isEqualTo(Logging.INHERITED);
        assertThat(service.startDown()).isFalse();
        assertThat(warnings).isEmpty();
    }

    @Test
    void every_file_has_its_meaning() throws IOException {
        file("finish", "#!/bin/sh\n");
        file("timeout-finish", "0\n");
        file("timeout-kill", "2500\n");
        file("flag-timeout-killpg", "");
        file("down-signal", "SIGINT\n");
        file("notification-fd", "4\n");
        file("down", "");
        file("log/run", "#!/bin/sh\n");

        ServiceSpec service = read();

        assertThat(service.finish())
                .isEqualTo(Finish.by(List.of("/bin/sh", "./finish")).withTimeout(Duration.ZERO));
        assertThat(service.stopping().timeout()).isEqualTo(Duration.ofMillis(2_500));
        assertThat(service.stopping().reach()).isEqualTo(Reach.MIXED);
        assertThat(service.stopping().signals()).containsExactly(Signal.INT);
        assertThat(service.readiness()).isEqualTo(Readiness.onDescriptor(4));
        assertThat(service.logging()).isEqualTo(new Logging.ToService("web/log"));
        assertThat(service.startDown()).isTrue();
        assertThat(warnings).isEmpty();
    }

    @Test
    void a_file_that_is_not_understood_counts_as_absent_with_a_warning() throws IOException {
        file("timeout-kill", "soon\n");
        file("down-signal", "SIGNOTHING\n");
        file("notification-fd", "1\n");
        file("timeout-finish", "9".repeat(100));

        ServiceSpec service = read();

        assertThat(service).isEqualTo(read());
        assertThat(service.stopping().timeout()).isEqualTo(Stopping.NEVER);
        assertThat(service.stopping().signals()).containsExactly(Signal.TERM);
        assertThat(service.readiness()).isEqualTo(Readiness.NONE);
        assertThat(warnings)
                .anyMatch(text -> text.startsWith("service=web timeout-kill: \"soon\" is no number"))
                .anyMatch(text -> text.contains("SIGNOTHING"))
                .anyMatch(text -> text.contains("notification-fd 1 must be from 3"))
                .anyMatch(text -> text.contains("timeout-finish is longer than"));
    }

    @Test
    void a_run_script_that_is_missing_is_left_to_the_start_which_says_so() throws IOException {
        Files.delete(directory.resolve("run"));

        assertThat(read().command()).containsExactly(directory + "/run");
        assertThat(warnings).isEmpty();
    }

    @Test
    void letters_that_mean_nothing_are_ignored() {
        assertThat(Letter.of((byte) 'z')).isEmpty();
        assertThat(Letter.of((byte) 0)).isEmpty();
        assertThat(Letter.of((byte) 't')).contains(new Letter.Send(Signal.TERM, false));
        assertThat(Letter.of((byte) 'K')).contains(new Letter.Send(Signal.KILL, true));
        assertThat(Letter.of((byte) 'D')).contains(new Letter.Down(true));
    }
}
