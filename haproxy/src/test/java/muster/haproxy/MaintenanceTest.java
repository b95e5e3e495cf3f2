package muster.haproxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MaintenanceTest {
    private static final ServerPath S1 = new ServerPath("web", "s1");
    private static final RunningServers NOBODY = new RunningServers(new TreeMap<>());

    private final List<String> said = new CopyOnWriteArrayList<>();
    private Maintenance maintenance;

    @BeforeEach
    void prepare(@TempDir Path directory) {
        var voice = new Voice() {
            @Override
            public void info(String sentence) {
                said.add(sentence);
            }

            @Override
            public void warn(String sentence) {
                said.add(sentence);
            }

            @Override
            public void down(String host, int port) {
                said.add(host);
            }
        };
        maintenance = new Maintenance(new Journal(voice, new RestartedHaproxy(directory)));
        maintenance.seen(NOBODY);
    }

    private static RunningServers inMaintenance(int first, int last) {
        SortedMap<String, RunningServers.Server> servers = new TreeMap<>();
        for (int i = first; i <= last; i++) {
            servers.put("s" + i, new RunningServers.Server("10.0.0.1", 3000, 1, RunningServers.FORCED_MAINTENANCE, 0));
        }
        return new RunningServers(new TreeMap<>(Map.of("web", servers)));
    }

    @Test
    void of_those_that_left_in_maintenance_by_others_the_newest_are_remembered() {
        maintenance.seen(inMaintenance(1, 1));
        maintenance.seen(inMaintenance(2, 10_000));
        maintenance.seen(NOBODY);
        assertThat(maintenance.byOthers()).hasSize(10_000).contains(S1);
        assertThat(said).hasSize(10_000);
        maintenance.seen(inMaintenance(10_001, 10_001));
        maintenance.seen(NOBODY);
        assertThat(maintenance.byOthers()).hasSize(10_000).doesNotContain(S1);
    }

    @Test
    void one_that_was_deleted_is_not_remembered_as_ours() {
        maintenance.willBe(ConfigText.parse("backend web\n"), inMaintenance(1, 1));
        maintenance.seen(inMaintenance(1, 1));
        assertThat(maintenance.byOthers()).isEmpty();
        maintenance.seen(NOBODY);
        maintenance.seen(inMaintenance(1, 1)); // somebody made another one of this name
        assertThat(maintenance.byOthers()).containsExactly(S1);
    }

    @Test
    void one_that_is_about_to_be_added_is_ours() {
        maintenance.willBe(ConfigText.parse("backend web\n    server s1 10.0.0.1:3000\n"), NOBODY);
        maintenance.seen(inMaintenance(1, 1));
        assertThat(maintenance.byOthers()).isEmpty();
    }
}
