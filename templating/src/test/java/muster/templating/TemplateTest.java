package muster.templating;

import static muster.templating.Nodes.model;
import static muster.templating.Nodes.node;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import muster.balancing.Announcement;
import muster.balancing.Announcement.Condition;
import muster.balancing.Announcement.Presence;
import muster.balancing.Announcement.Service;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TemplateTest {
    @TempDir
    private Path folder;

    private static final Model THREE = model(
            node("web2", "10.0.0.2").offers("web", 3000).tag("zone", "eu").tag("rack", "r2"),
            node("web1", "10.0.0.1").offers("web", 3000).tag("zone", "us").tag("rack", "r1"),
            node("db1", "fe80::3")
                    .offers(new Service("db", 5432, "tcp", "", 200, Condition.DRAINING))
                    .tag("zone", "eu"),
            node("lb", "10.0.0.9"));

    private String render(String template, Model model) {
        return rendering(template, Syntax.HAPROXY, model).text();
    }

    private Rendering rendering(String template, Syntax syntax, Model model) {
        return Template.of("test.hb", template, folder, syntax, Map.of("HOME", "/root", "EMPTY", ""))
                .render(model);
    }

    @Test
    void addresses_come_by_service_and_name_and_have_all_that_a_server_line_needs() {
        assertThat(render("""
                        {{#each addresses}}
                        server {{host}} {{ip}}:{{port}} {{service}} {{address}} {{protocol}} w{{weight}} {{state}}{{#if draining}} drain{{/if}}
                        {{/each}}
                        """, THREE)).isEqualTo("""
                        server db1 fe80::3:5432 db [fe80::3]:5432 tcp w200 draining drain
                        server web1 10.0.0.1:3000 web 10.0.0.1:3000 http w10 ready
                        server web2 10.0.0.2:3000 web 10.0.0.2:3000 http w10 ready
                        """);
    }

    @Test
    void services_are_there_by_name_and_one_that_nobody_offers_is_empty() {
        assertThat(render("{{#each services.web.addresses}}{{host}} {{/each}}", THREE))
                .isEqualTo("web1 web2 ");
        assertThat(render(
                        "{{#each services}}{{@key}}={{addresses.length}}{{#unless @last}},{{/unless}}{{/each}}", THREE))
                .isEqualTo("db=1,web=2");
        assertThat(render("[{{#each services.none.addresses}}{{host}}{{else}}nobody{{/each}}]", THREE))
                .isEqualTo("[nobody]");
    }

    @Test
    void members_are_all_nodes_also_those_that_offer_nothing() {
        assertThat(render(
                        "{{#each members}}{{name}}/{{ip}}/{{state}}/{{join services \"+\"}};{{/each}}",
                        model(
                                node("b", "10.0.0.2").is(Presence.FAILED).offers("web", 1),
                                node("a", "10.0.0.1")
                                        .is(Presence.SUSPECT)
                                        .offers("x", 2)
                                        .offers("w", 1))))
                .isEqualTo("a/10.0.0.1/suspect/w+x;b/10.0.0.2/gone/web;");
    }

    @Test
    void block_parameters_parents_and_the_root_are_named_as_elsewhere() {
        assertThat(render(
                        "{{#each services as |s name|}}{{#each s.addresses as |a|}}{{name}}/{{a.host}} {{/each}}{{/each}}",
                        THREE))
                .isEqualTo("db/db1 web/web1 web/web2 ");
        assertThat(render(
                        "{{#each services}}{{#each addresses}}{{../name}}/{{@root.members.length}}/{{@index}} {{/each}}{{/each}}",
                        THREE))
                .isEqualTo("db/4/0 web/4/0 web/4/1 ");
    }

    @Test
    void addresses_are_of_all_services_or_of_one_pool_alone() {
        String template = "{{name}}: {{#each addresses}}{{service}}/{{host}} {{/each}}{{count services.db.addresses}}";
        assertThat(render(template, THREE)).isEqualTo("web: db/db1 web/web1 web/web2 1");
        assertThat(render(template, THREE.forPool("db", false))).isEqualTo("db: db/db1 web/web1 web/web2 1");
        assertThat(render(template, THREE.forPool("db", true))).isEqualTo("db: db/db1 1");
        assertThat(render(template, THREE.forPool("nobody", true))).isEqualTo("nobody: 1");
    }

    @Test
    void a_rendering_tells_whether_it_went_through_all_addresses_in_one_loop() {
        for (String whole : List.of(
                "{{#each addresses}}{{host}}{{/each}}",
                "{{#each addresses as |a|}}{{a.host}}{{/each}}",
                "{{#each services}}{{#each @root.addresses}}{{host}}{{/each}}{{/each}}")) {
            assertThat(rendering(whole, Syntax.PLAIN, THREE).goesThroughAddresses())
                    .as(whole)
                    .isTrue();
        }
        for (String part : List.of(
                "{{#each services.web.addresses}}{{host}}{{/each}}",
                "{{#with services.web}}{{#each addresses}}{{host}}{{/each}}{{/with}}",
                "{{#each (where addresses \"service\" \"web\")}}{{host}}{{/each}}",
                "{{#eachByTag addresses \"zone\"}}{{#each this}}{{host}}{{/each}}{{/eachByTag}}",
                "{{count addresses}}")) {
            assertThat(rendering(part, Syntax.PLAIN, THREE).goesThroughAddresses())
                    .as(part)
                    .isFalse();
        }
    }

    @Test
    void the_services_in_addresses_are_those_that_somebody_offers_who_is_there() {
        assertThat(THREE.servicesInAddresses()).containsExactly("db", "web");
        assertThat(THREE.forPool("web", true).servicesInAddresses()).containsExactly("web");
        assertThat(model(node("a", "10.0.0.1").is(Presence.FAILED).offers("web", 1))
                        .servicesInAddresses())
                .isEmpty();
    }

    @Test
    void a_pool_stays_the_same_when_a_node_is_left_out() {
        Model model = model(
                        node("bad", "10.0.0.1").offers("web", 1).tag("zone", "a%b"),
                        node("web1", "10.0.0.2").offers("web", 1),
                        node("db1", "10.0.0.3").offers("db", 1))
                .forPool("web", true);

        Rendering rendering =
                rendering("{{name}} {{#each addresses}}{{host}} {{tags.zone}}{{/each}}", Syntax.HAPROXY, model);

        assertThat(rendering.refused()).hasSize(1);
        assertThat(rendering.text().strip()).isEqualTo("web web1");
    }

    @Test
    void who_is_gone_has_no_address_and_who_is_suspected_has_one() {
        Model model = model(
                node("a", "10.0.0.1").is(Presence.FAILED).offers("web", 1),
                node("b", "10.0.0.2").is(Presence.SUSPECT).offers("web", 1),
                node("c", "10.0.0.3").is(Presence.LEAVING).offers("web", 1));

        assertThat(render("{{#each addresses}}{{host}}:{{state}} {{/each}}", model))
                .isEqualTo("b:suspect c:draining ");
    }

    @Test
    void who_is_unready_has_an_address_only_where_nobody_better_has_one() {
        var unready = node("a", "10.0.0.1").offers(new Service("web", 80, "http", "", 10, Condition.UNREADY));
        var other = node("b", "10.0.0.2").offers(new Service("web", 80, "http", "", 10, Condition.UNREADY));
        var weightless = node("c", "10.0.0.3").offers(new Service("web", 80, "http", "", 0, Condition.READY));
        var draining = node("d", "10.0.0.4").offers(new Service("web", 80, "http", "", 10, Condition.DRAINING));
        var well = node("e", "10.0.0.5").offers("web", 80);
        String template = "{{#each addresses}}{{host}}:{{state}} {{/each}}";

        assertThat(render(template, model(unready, other))).isEqualTo("a:unready b:unready ");
        assertThat(render(template, model(unready, weightless, draining))).isEqualTo("a:unready c:ready d:draining ");
        assertThat(render(template, model(unready, other, draining, well))).isEqualTo("d:draining e:ready ");
    }

    @Test
    void equal_fleets_give_equal_bytes_in_whatever_order_they_are_told() {
        String template = "{{#each members}}{{name}} {{#each tags}}{{@key}}={{this}} {{/each}}{{/each}}"
                + "{{#eachByTag addresses \"zone\"}}{{@key}}:{{#each this}}{{label}} {{/each}}{{/eachByTag}}";
        var nodes = new ArrayList<Announcement>();
        for (int i = 0; i < 50; i++) {
            nodes.add(node("n" + i, "10.0.0." + i)
                    .offers("web", 80)
                    .offers("api", 81)
                    .tag("zone", "z" + i % 7)
                    .tag("k" + i, "v")
                    .announcement());
        }
        String first = render(template, Model.of(nodes));
        for (int seed = 0; seed < 20; seed++) {
            Collections.shuffle(nodes, new Random(seed));
            assertThat(render(template, Model.of(nodes))).as("seed %d", seed).isEqualTo(first);
        }
    }

    @Test
    void lists_are_filtered_sorted_grouped_and_shortened() {
        assertThat(render("{{#each (where addresses \"tags.zone\" \"eu\")}}{{host}} {{/each}}", THREE))
                .isEqualTo("db1 web2 ");
        assertThat(render(
                        "{{#each (where addresses \"tags.zone\" \"eu\" \"service\" \"web\")}}{{host}} {{/each}}",
                        THREE))
                .isEqualTo("web2 ");
        assertThat(render("{{#each (where addresses \"tags.rack\")}}{{host}} {{/each}}", THREE))
                .isEqualTo("web1 web2 ");
        assertThat(render("{{#each (without addresses \"tags.zone\" \"eu\")}}{{host}} {{/each}}", THREE))
                .isEqualTo("web1 ");
        assertThat(render("{{#each (sort addresses \"weight\" desc=true)}}{{host}} {{/each}}", THREE))
                .isEqualTo("db1 web1 web2 ");
        assertThat(render("{{#each (sort addresses \"tags.rack\")}}{{host}} {{/each}}", THREE))
                .isEqualTo("db1 web1 web2 ");
        assertThat(render("{{#each (group addresses \"tags.zone\")}}{{@key}}:{{count this}} {{/each}}", THREE))
                .isEqualTo("eu:2 us:1 ");
        assertThat(render(
                        "{{#eachByTag addresses \"rack\"}}{{@key}}:{{#each this}}{{host}}{{/each}} {{/eachByTag}}",
                        THREE))
                .isEqualTo(":db1 r1:web1 r2:web2 ");
        assertThat(render("{{#each (take addresses 2)}}{{host}} {{/each}}", THREE))
                .isEqualTo("db1 web1 ");
        assertThat(render("{{join addresses \",\" \"host\"}} {{count members}} {{addresses.length}}", THREE))
                .isEqualTo("db1,web1,web2 4 3");
    }

    @Test
    void values_are_compared_counted_and_changed() {
        assertThat(render(
                        "{{#each addresses}}{{#if (eq host \"web1\")}}{{upper host}} {{replace host \"web\" \"app\"}}"
                                + " {{default tags.none \"x\"}} {{default tags.zone \"x\"}} {{lookup tags \"rack\"}}"
                                + " {{min weight 5}} {{max weight 50}}{{/if}}{{/each}}",
                        THREE))
                .isEqualTo("WEB1 app1 x us r1 5 50");
        assertThat(render(
                        "{{#if (and (gt 3 2) (lt 2 3) (not (eq 1 2)) (or false (ne \"a\" \"b\")))}}yes{{/if}}", THREE))
                .isEqualTo("yes");
    }

    @Test
    void the_environment_is_read_by_name_and_what_is_not_set_is_an_error() {
        assertThat(render("{{env \"HOME\"}} {{env \"NONE\" \"else\"}} [{{env \"EMPTY\"}}]", THREE))
                .isEqualTo("/root else []");
        assertThatThrownBy(() -> render("one\n  {{env \"NONE\"}}", THREE))
                .isInstanceOf(BadTemplate.class)
                .hasMessageStartingWith("test.hb:2:")
                .hasMessageContaining("environment variable 'NONE' is not set");
    }

    @Test
    void json_is_for_json() {
        Model one = model(node("a\"\n", "10.0.0.1").tag("k", "é\u2028"));

        assertThat(rendering("{{json members}}", Syntax.JSON, one).text())
                .isEqualTo("[{\"name\": \"a\\\"\\n\", \"ip\": \"10.0.0.1\", \"state\": \"alive\","
                        + " \"tags\": {\"k\": \"\\u00e9\\u2028\"}, \"services\": []}]");
        assertThatThrownBy(() -> rendering("{{json members}}", Syntax.NGINX, one))
                .hasMessageContaining("json writes for JSON and YAML; this destination is nginx");
    }

    @Test
    void partials_come_from_the_folder_of_the_template() throws IOException {
        Files.createDirectories(folder.resolve("parts"));
        Files.writeString(folder.resolve("parts/server.hb"), "server {{host}}{{suffix}}\n");
        Files.writeString(folder.resolve("main.cfg.hb"), "{{#each addresses}}{{> parts/server suffix=\"!\"}}{{/each}}");

        assertThat(Template.read(folder.resolve("main.cfg.hb"), Syntax.HAPROXY, Map.of())
                        .render(THREE)
                        .text())
                .isEqualTo("server db1!\nserver web1!\nserver web2!\n");
    }

    @Test
    void a_partial_that_is_missing_or_broken_is_told_also_where_its_branch_is_not_taken() throws IOException {
        Files.writeString(folder.resolve("main.hb"), """
                {{!-- {{> commented}} --}}
                {{#*inline "own"}}own{{/inline}}{{> own}}{{> (lookup members.[0].tags "p")}}
                {{#if (gt (count members) 99)}}
                {{> many}}
                {{/if}}
                """);

        assertThatThrownBy(() -> Template.read(folder.resolve("main.hb"), Syntax.PLAIN, Map.of()))
                .isInstanceOf(BadTemplate.class)
                .hasMessageStartingWith(folder.resolve("main.hb") + ":4: there is no partial many");

        Files.writeString(folder.resolve("many.hb"), "{{> deep}}");
        Files.writeString(folder.resolve("deep.hb"), "{{#each members}}");
        assertThatThrownBy(() -> Template.read(folder.resolve("main.hb"), Syntax.PLAIN, Map.of()))
                .isInstanceOf(BadTemplate.class)
                .hasMessageContaining("deep.hb:1:");

        Files.writeString(folder.resolve("deep.hb"), "{{> many}}");
        Template.read(folder.resolve("main.hb"), Syntax.PLAIN, Map.of());
    }

    @Test
    void no_partial_from_elsewhere_is_read_by_whatever_way(@TempDir Path elsewhere) throws IOException {
        Files.writeString(elsewhere.resolve("secret.hb"), "secret");
        Files.createSymbolicLink(folder.resolve("link"), elsewhere);
        for (String way : List.of("../" + elsewhere.getFileName() + "/secret", elsewhere + "/secret", "link/secret")) {
            assertThatThrownBy(() -> render("{{> " + way + "}}", THREE)).as(way).isInstanceOf(BadTemplate.class);
            assertThatThrownBy(() -> render(
                            "{{> (lookup members.[0].tags \"p\")}}",
                            model(node("n", "10.0.0.1").tag("p", way))))
                    .as(way)
                    .isInstanceOf(BadTemplate.class);
        }
    }

    @Test
    void a_partial_that_calls_itself_is_an_error() throws IOException {
        Files.writeString(folder.resolve("loop.hb"), "{{> loop}}");

        assertThatThrownBy(() -> render("{{> loop}}", THREE)).hasMessageContaining("infinite loop");
    }

    @Test
    void mistakes_are_told_with_their_place() throws IOException {
        assertThatThrownBy(() -> render("a\nb {{#each addresses}}\n {{hosst}}{{/each}}", THREE))
                .hasMessage("test.hb:3:4: there is no value called hosst here");
        assertThatThrownBy(() -> render("{{#each adresses}}x{{/each}}", THREE))
                .hasMessage("test.hb:1:4: each needs a list, and there is none of that name here");
        assertThatThrownBy(() -> render("{{#each services.web.adresses}}x{{/each}}", THREE))
                .hasMessageContaining("each needs a list");
        assertThatThrownBy(() -> render("{{#each (where adresses \"state\" \"ready\")}}x{{/each}}", THREE))
                .hasMessageContaining("where needs a list");
        assertThatThrownBy(() -> render("{{shell \"rm\"}}", THREE))
                .hasMessageContaining("there is no helper called shell");
        assertThatThrownBy(() -> render("{{addresses}}", THREE)).hasMessageContaining("a list, not a value");
        assertThatThrownBy(() -> render("{{#each addresses}}", THREE)).hasMessageStartingWith("test.hb:1:");
        assertThatThrownBy(() -> render("{{each addresses}}", THREE)).hasMessageContaining("each is a block");
        Files.writeString(folder.resolve("empty.hb"), "");
        assertThatThrownBy(() -> Template.read(folder.resolve("empty.hb"), Syntax.PLAIN, Map.of()))
                .isInstanceOf(BadTemplate.class)
                .hasMessage(folder.resolve("empty.hb") + ": is empty; is it being written?");
        assertThatThrownBy(() -> Template.read(folder.resolve("none.hb"), Syntax.PLAIN, Map.of()))
                .hasMessage(folder.resolve("none.hb") + ": no such file");
    }

    @Test
    void what_the_library_brings_besides_is_not_there() {
        for (String helper : List.of("precompile", "embedded", "i18n", "i18nJs", "log", "block", "partial")) {
            assertThatThrownBy(() -> render("{{" + helper + " \"x\"}}", THREE))
                    .hasMessageContaining("there is no helper called " + helper);
        }
    }

    @Test
    void no_method_or_field_of_a_class_can_be_reached() {
        for (String way : List.of(
                "addresses.class",
                "addresses.size",
                "addresses.[0].host.text",
                "addresses.[0].host.class.name",
                "addresses.[0].getClass",
                "addresses.[0].host.length",
                "members.stream",
                "services.class.classLoader")) {
            assertThat(render("{{" + way + "}}", THREE)).as(way).isEmpty();
        }
    }

    @Test
    void a_loop_that_would_never_end_in_memory_is_cut_off() {
        String inner = "x".repeat(1 << 20);
        String list = "{{#each @root.members}}".repeat(4) + inner + "{{/each}}".repeat(4);

        assertThatThrownBy(() -> render(list, THREE)).hasMessageContaining("is a loop too much in there?");
    }

    @Test
    void a_node_whose_value_cannot_be_written_is_left_out_by_name_and_keeps_no_other_from_being_there() {
        Model model = model(
                node("good", "10.0.0.1").offers("web", 1).tag("zone", "eu"),
                node("evil", "10.0.0.2").offers("web", 1).tag("zone", "eu\n  server x 6.6.6.6"),
                node("odd", "10.0.0.3").offers("web", 1).tag("unused", "\n"));

        Rendering rendering = rendering(
                "{{#each addresses}}server {{label}} {{address}} # {{tags.zone}}\n{{/each}}", Syntax.HAPROXY, model);

        assertThat(rendering.text()).isEqualTo("server good 10.0.0.1:1 # eu\nserver odd 10.0.0.3:1 # \n");
        assertThat(rendering.refused())
                .containsExactly("tag 'zone' of node 'evil' is \"eu?  server x 6.6.6.6\", which cannot be written here"
                        + " as one value of haproxy");
    }

    @Test
    void however_many_nodes_say_the_same_they_are_left_out_at_once() {
        var nodes = new ArrayList<Announcement>();
        for (int i = 0; i < 100; i++) {
            nodes.add(node("evil" + i, "10.0.0." + i)
                    .offers("web", 1)
                    .tag("zone", "\n")
                    .announcement());
        }
        nodes.add(node("good", "10.0.1.1").offers("web", 1).tag("zone", "eu").announcement());

        Rendering rendering =
                rendering("{{#eachByTag addresses \"zone\"}}{{@key}}{{/eachByTag}}", Syntax.PLAIN, Model.of(nodes));

        assertThat(rendering.text()).isEqualTo("eu");
        assertThat(rendering.refused()).hasSize(100);
    }

    @Test
    void three_braces_and_helpers_are_no_way_around_it() {
        Model evil = model(node("evil", "10.0.0.2").offers("web", 1).tag("a\nb", "x\ny"));
        for (String way : List.of(
                "{{{this}}}",
                "{{&this}}",
                "{{upper this}}",
                "{{{replace this \"x\" \"z\"}}}",
                "{{quote this}}",
                "{{default this \"\"}}",
                "{{@key}}",
                "{{{@key}}}",
                "{{#with this}}{{this}}{{/with}}",
                "{{#with @key}}{{{this}}}{{/with}}")) {
            Rendering rendering =
                    rendering("{{#each members}}{{#each tags}}" + way + "{{/each}}{{/each}}", Syntax.HAPROXY, evil);

            assertThat(rendering.text()).as(way).isEmpty();
            assertThat(rendering.refused()).as(way).hasSize(1);
        }
        assertThatThrownBy(() -> render("{{#each members}}{{#upper name}}{{/upper}}{{/each}}", evil))
                .hasMessageContaining("upper gives a value and is no block");
    }

    @Test
    void labels_are_names_to_every_program_and_no_two_are_alike() {
        Model model = model(
                node("web 1", "10.0.0.1").offers("web", 1),
                node("web_1", "10.0.0.2").offers("web", 1),
                node("web\n1", "10.0.0.3").offers("web", 1),
                node("wéb1", "10.0.0.4").offers("web", 1),
                node("web1", "10.0.0.5").offers("web", 1));

        String[] labels =
                render("{{#each addresses}}{{label}}\n{{/each}}", model).split("\n");

        assertThat(labels).hasSize(5).doesNotHaveDuplicates().contains("web_1", "web1");
        assertThat(labels).allMatch(label -> label.matches("[A-Za-z0-9._:-]+"));
    }
}
