package muster.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class PoolsPageTest {

    @Test
    void backends_are_found_wherever_the_page_has_them() throws IOException {
        String json = """
                {"version": 7, "node": "lb", "pools": [{"name": "web", "state": "fine", "backends": [
                  {"node": "web-1", "port": 3000, "state": "READY", "reason": "answers", "totals": {"requests": 5}},
                  {"state": "gone", "node": "web-2", "weights": [1, {"x": null}]}]}]}""";
        assertThat(PoolsPage.parse(json).values())
                .containsExactly(
                        new PoolsPage.Backend("web-1", "ready", "answers"), new PoolsPage.Backend("web-2", "gone", ""));
        assertThat(PoolsPage.parse(json).get("web-1").ready()).isTrue();
    }

    @Test
    void what_is_no_json_is_refused() {
        assertThatThrownBy(() -> PoolsPage.parse("{\"a\":")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> PoolsPage.parse("<html>"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("/pools.json");
    }
}
