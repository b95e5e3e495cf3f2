package muster.agent.balance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import muster.balancing.Announcement;
import muster.templating.Model;
import muster.templating.Syntax;
import muster.templating.Template;
import org.junit.jupiter.api.Test;

class MixtureTest {
    private static final String CLASSIC = "{{#each addresses}}{{host}}{{/each}}";

    private final List<String> said = new ArrayList<>();
    private final Mixture mixture = new Mixture(Path.of("haproxy.cfg.hb"), said::add);

    private static Model offering(String... services) {
        return Model.of(List.of(new Announcement(
                "n1",
                "10.0.0.1",
                Collections.unmodifiableSortedMap(new TreeMap<>()),
                Announcement.Presence.ALIVE,
                Stream.of(services)
                        .map(name -> new Announcement.Service(name, 3000, "http", "", 10, Announcement.Condition.READY))
                        .toList())));
    }

    private void make(String template, Model model) {
        var read = Template.of("t.hb", template, Path.of("."), Syntax.HAPROXY, Map.of());
        mixture.made(read.render(model), model);
    }

    @Test
    void servers_of_several_services_in_one_list_are_told_once_with_what_to_do() {
        make(CLASSIC, offering("web"));
        assertThat(said).isEmpty();
        make(CLASSIC, offering("web", "db"));
        make(CLASSIC, offering("web", "db", "api"));
        assertThat(said).singleElement().asString().contains("haproxy.cfg.hb", "services: db, web;", "-pool");
    }

    @Test
    void a_pool_of_its_own_or_a_template_that_chooses_mixes_nothing() {
        make(CLASSIC, offering("web", "db").forPool("web", true));
        make("{{#each services.web.addresses}}{{host}}{{/each}}", offering("web", "db"));
        assertThat(said).isEmpty();
    }
}
