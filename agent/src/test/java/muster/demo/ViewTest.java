package muster.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ViewTest {

    private static Scene scene(List<Scene.Row> rows, List<String> story) {
        return new Scene(
                23_400_000_000L,
                60,
                200,
                4_612,
                0,
                new Latencies.Summary(1_000, 1_200, 8_400, 31_000),
                rows,
                story,
                "Ctrl-C ends");
    }

    @Test
    void it_fills_80_by_24_exactly() {
        assertFits(View.draw(scene(List.of(), List.of()), true));
        List<Scene.Row> rows = new ArrayList<>();
        List<String> story = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            rows.add(new Scene.Row(
                    "a-very-long-node-name-" + i,
                    "membership-too-long",
                    "state-too-long-too",
                    1_000_000_000,
                    1L << 60));
            story.add("0:0" + i % 10 + "  " + "a long line that must be broken somewhere, ".repeat(3) + i);
        }
        assertFits(View.draw(scene(rows, story), true));
        assertFits(View.draw(scene(rows, List.of("0:01  " + "x".repeat(500))), false));
    }

    @Test
    void it_shows_nodes_traffic_and_the_latest_of_the_story() {
        String drawn = View.draw(
                scene(
                        List.of(
                                new Scene.Row("lb", "alive", "balances", 0, -1),
                                new Scene.Row("web-1", "alive", "ready", 150, 3_000),
                                new Scene.Row("web-2", "failed", "gone", 50, 1_612)),
                        List.of("0:20  web-2: kill -9")),
                true);
        assertThat(drawn.lines().map(String::stripTrailing).limit(16))
                .containsExactly(
                        " Muster demo   0:23 of about 1:00",
                        "",
                        " 200 requests/s   4,612 answered   0 failed   p50 1.2 ms   p99 8.4 ms",
                        "",
                        " node     membership  balancing        req/s     total  share of the traffic",
                        " lb       alive       balances",
                        " web-1    alive       ready              150     3,000  ████████████████▌",
                        " web-2    failed      gone                50     1,612  █████▌",
                        "",
                        "",
                        "",
                        "",
                        "",
                        "",
                        " 0:20  web-2: kill -9",
                        "");
        assertThat(drawn.lines().toList().getLast()).startsWith(" Ctrl-C ends ");
    }

    @Test
    void where_the_terminal_knows_only_ascii_nothing_else_is_drawn() {
        String drawn = View.draw(
                scene(List.of(new Scene.Row("wéb", "alive", "ready", 150, 3_000)), List.of("0:20  kill → moved …")),
                false);
        assertThat(drawn).matches("[\\n -~]*").contains("################").contains("kill > moved ~");
        assertFits(drawn);
    }

    private static void assertFits(String drawn) {
        List<String> lines = List.of(drawn.split("\n", -1));
        assertThat(lines)
                .hasSize(View.HEIGHT)
                .allSatisfy(line -> assertThat(line).hasSize(View.WIDTH));
    }
}
