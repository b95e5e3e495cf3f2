package muster.haproxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlannerTest {
    private static final String HEAD = """
            global
                maxconn 100
            defaults
                mode http
                default-server inter 2s fall 2 init-addr none
            frontend web
                bind :80
                default_backend web
            backend web
                balance leastconn
            """;
    private static final String ONE = HEAD + "    server s1 10.0.0.1:3000 weight 10 check\n";

    private final SortedMap<String, RunningServers.Server> running =
            new TreeMap<>(Map.of("s1", new RunningServers.Server("10.0.0.1", 3000, 10, 0, 2)));

    private final Map<ServerPath, ServerLine> departed = new HashMap<>();

    private final Set<ServerPath> drained = new HashSet<>();

    private Plan plan(String loaded, String wanted) {
        return Planner.plan(
                ConfigText.parse(loaded),
                ConfigText.parse(wanted),
                new RunningServers(new TreeMap<>(Map.of("web", running))),
                departed,
                drained);
    }

    private List<String> commands(String loaded, String wanted) {
        Plan plan = plan(loaded, wanted);
        assertThat(plan).isInstanceOf(Plan.Commands.class);
        return ((Plan.Commands) plan)
                .commands().stream().map(RuntimeCommand::text).toList();
    }

    private String reason(String loaded, String wanted) {
        Plan plan = plan(loaded, wanted);
        assertThat(plan).isInstanceOf(Plan.Reload.class);
        return ((Plan.Reload) plan).reason();
    }

    @Test
    void nothing_is_said_where_nothing_differs() {
        assertThat(commands(ONE, ONE)).isEmpty();
        assertThat(commands(ONE, ONE.replace("    ", "\t") + "\n# a remark\n")).isEmpty();
    }

    @Test
    void a_new_server_is_added_with_what_it_inherits_checked_and_let_in() {
        assertThat(commands(ONE, ONE + "    server s2 10.0.0.2:3000 weight 5 check\n"))
                .containsExactly(
                        "add server web/s2 10.0.0.2:3000 weight 5 inter 2s fall 2 check",
                        "enable health web/s2",
                        "set server web/s2 state ready");
        assertThat(commands(ONE, ONE + "    server s2 [2001:DB8::1]:3000 disabled\n"))
                .containsExactly("add server web/s2 [2001:db8:0:0:0:0:0:1]:3000 weight 1 inter 2s fall 2");
    }

    @Test
    void a_server_that_is_gone_gets_no_more_requests_and_is_deleted() {
        assertThat(commands(ONE, HEAD)).containsExactly("set server web/s1 state maint", "del server web/s1");
    }

    @Test
    void who_comes_is_there_before_who_goes_so_that_a_backend_is_never_empty_in_between() {
        assertThat(commands(ONE, HEAD + "    server s2 10.0.0.2:3000 weight 5\n"))
                .containsExactly(
                        "add server web/s2 10.0.0.2:3000 weight 5 inter 2s fall 2",
                        "set server web/s2 state ready",
                        "set server web/s1 state maint",
                        "del server web/s1");
        running.put("s2", new RunningServers.Server("10.0.0.2", 3000, 10, 1, 0)); // doubted so far
        String two = ONE + "    server s2 10.0.0.2:3000 weight 10 check";
        assertThat(commands(two + " disabled\n", two.replace("check\n", "check disabled\n") + "\n"))
                .containsExactly("set server web/s2 state ready", "set server web/s1 state maint");
    }

    @Test
    void a_deletion_that_had_to_wait_is_tried_again() {
        running.put("s0", new RunningServers.Server("10.0.0.9", 3000, 10, 1, 0));
        assertThat(commands(ONE, ONE)).containsExactly("del server web/s0");
    }

    @Test
    void address_weight_and_maintenance_are_set_and_only_what_differs() {
        assertThat(commands(ONE, ONE.replace("10.0.0.1:3000", "10.0.0.7:3001")))
                .containsExactly("set server web/s1 addr 10.0.0.7 port 3001");
        assertThat(commands(ONE, ONE.replace("weight 10", "weight 20"))).containsExactly("set server web/s1 weight 20");
        assertThat(commands(ONE, ONE.replace("check", "check disabled")))
                .containsExactly("set server web/s1 state maint");
    }

    @Test
    void who_drains_by_hand_does_so_again_after_maintenance() {
        drained.add(new ServerPath("web", "s1"));
        running.put("s1", new RunningServers.Server("10.0.0.1", 3000, 10, RunningServers.FORCED_DRAIN, 3));
        assertThat(commands(ONE, ONE)).isEmpty();
        assertThat(commands(ONE, ONE.replace("check", "check disabled")))
                .containsExactly("set server web/s1 state maint");
        running.put("s1", new RunningServers.Server("10.0.0.1", 3000, 10, RunningServers.FORCED_MAINTENANCE, 0));
        assertThat(commands(ONE, ONE)).containsExactly("set server web/s1 state drain");
    }

    @Test
    void what_somebody_changed_by_hand_is_set_back() {
        running.put("s1", new RunningServers.Server("10.0.0.1", 3000, 99, 1, 0));
        assertThat(commands(ONE, ONE)).containsExactly("set server web/s1 weight 10", "set server web/s1 state ready");
    }

    @Test
    void a_name_that_comes_back_while_its_old_server_is_in_use_replaces_it() {
        running.put("s2", new RunningServers.Server("10.0.0.2", 3000, 1, 1, 0));
        assertThat(commands(ONE, ONE + "    server s2 10.0.0.2:3000\n"))
                .startsWith("del server web/s2", "add server web/s2 10.0.0.2:3000 weight 1 inter 2s fall 2");
    }

    @Test
    void servers_of_a_server_template_are_left_alone() {
        running.put("slot12", new RunningServers.Server("-", 0, 1, 1, 0));
        running.put("slot", new RunningServers.Server("10.0.0.3", 80, 1, 1, 0));
        String text = ONE + "    server-template slot 20 127.0.0.1:1 disabled\n";
        assertThat(commands(text, text)).containsExactly("del server web/slot");
    }

    @Test
    void any_other_difference_is_a_reload_that_names_the_section() {
        assertThat(reason(ONE, ONE.replace("maxconn 100", "maxconn 200"))).contains("'global'");
        assertThat(reason(ONE, ONE.replace("leastconn", "roundrobin"))).contains("'backend web'");
        assertThat(reason(ONE, ONE + "    option httpchk\n")).contains("'backend web'");
        assertThat(reason(ONE, ONE.replace("inter 2s", "inter 3s"))).contains("'defaults'");
        assertThat(reason(ONE, ONE + "backend other\n")).isEqualTo("there are other sections");
        assertThat(reason(ONE, ONE.replace("\nbackend web", "\nbackend wob"))).contains("wob");
    }

    @Test
    void other_options_of_a_server_that_runs_are_a_reload() {
        assertThat(reason(ONE, ONE.replace("check", "check backup"))).contains("s1 has other options");
        assertThat(reason(ONE, ONE.replace("10.0.0.1:3000", "example.com:3000")))
                .contains("s1 has other options");
    }

    @Test
    void a_new_server_that_only_a_start_can_resolve_is_a_reload() {
        assertThat(reason(ONE, ONE + "    server s2 example.com:3000\n")).contains("s2 has no address of numbers");
        assertThat(reason(ONE, ONE + "    server s2 /run/app.sock\n")).contains("s2 has no address of numbers");
        assertThat(reason(ONE, ONE + "    server s2 10.0.0.1:+1\n")).contains("s2 has no address of numbers");
    }

    @ParameterizedTest
    @ValueSource(strings = {"source", "uri", "first", "static-rr", "hdr(host)", "url_param id"})
    void a_new_server_where_its_number_matters_is_a_reload(String algorithm) {
        String text = ONE.replace("leastconn", algorithm);
        assertThat(reason(text, text + "    server s2 10.0.0.2:3000\n")).contains("balance " + algorithm);
    }

    @Test
    void the_algorithm_is_inherited_from_the_defaults_that_a_backend_names() {
        String text = """
                defaults hashed
                    balance source
                defaults plain
                    balance random(3)
                backend web from hashed
                    server s1 10.0.0.1:3000 weight 10
                """;
        String more = "    server s2 10.0.0.2:3000\n";
        assertThat(reason(text, text + more)).contains("balance source");
        assertThat(commands(text.replace("from hashed", ""), text.replace("from hashed", "") + more))
                .isNotEmpty();
    }

    @Test
    void a_cookie_is_inherited_from_the_defaults_that_a_backend_names() {
        String text = """
                defaults bound
                    cookie S insert dynamic
                defaults plain
                    mode http
                backend web from bound
                    server s1 10.0.0.1:3000 weight 10
                """;
        String more = "    server s2 10.0.0.2:3000\n";
        assertThat(reason(text, text + more)).contains("cookie");
        assertThat(commands(text.replace("from bound", ""), text.replace("from bound", "") + more))
                .isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "server x;shutdown 10.0.0.2:1",
                "server x 10.0.0.2:1 ;del",
                "server \"x y\" 10.0.0.2:1",
                "server x\\ y 10.0.0.2:1",
                "server x 10.0.0.2:1 weight 257",
                "server x 10.0.0.2:1 weight",
                "server ${X} 10.0.0.2:1",
                "server x 10.0.0.2:1 # remark",
                "server x",
                "server s1 10.0.0.2:1"
            })
    void a_line_that_is_not_plain_never_becomes_a_command(String line) {
        assertThat(reason(ONE, ONE + "    " + line + "\n")).contains("'backend web' has other lines");
    }

    @Test
    void answers_are_read_as_haproxy_means_them() {
        var line = ServerLine.of(List.of("s2", "10.0.0.2:1"), List.of());
        var add = new RuntimeCommand.Add(new ServerPath("web", "s2"), line);
        assertThat(add.verdict("New server registered.")).isEqualTo(RuntimeCommand.Verdict.DONE);
        assertThat(add.verdict("")).isEqualTo(RuntimeCommand.Verdict.REFUSED);
        var delete = new RuntimeCommand.Delete(new ServerPath("web", "s2"));
        assertThat(delete.verdict("Server still has connections attached to it, cannot remove it."))
                .isEqualTo(RuntimeCommand.Verdict.LATER);
        assertThat(delete.verdict("This server cannot be removed at runtime."))
                .isEqualTo(RuntimeCommand.Verdict.REFUSED);
        assertThat(RuntimeCommand.weight(new ServerPath("web", "s2"), 3).verdict("No such server."))
                .isEqualTo(RuntimeCommand.Verdict.REFUSED);
    }

    @Test
    void a_server_that_was_removed_and_is_still_in_use_comes_back_by_its_state_alone() {
        running.put("s1", new RunningServers.Server("10.0.0.1", 3000, 10, 1, 0));
        departed.put(
                new ServerPath("web", "s1"),
                ConfigText.parse(ONE).sections().getLast().servers().get("s1"));
        assertThat(commands(HEAD, ONE)).containsExactly("set server web/s1 state ready");
    }

    @Test
    void what_only_haproxy_understands_is_a_reload() {
        String conditional = ONE.replace("    server s1", "    .if streq(a,b)\n    server s1") + "    .endif\n";
        assertThat(reason(conditional, conditional.replace("3000", "3001"))).contains("other lines");
        String quoted = ONE.replace("backend web", "backend \"web\"");
        assertThat(reason(quoted, quoted.replace("3000", "3001"))).contains("other lines");
        String cookie = ONE.replace("    balance leastconn", "    balance leastconn\n    cookie S insert dynamic");
        assertThat(reason(cookie, cookie + "    server s2 10.0.0.2:3000\n")).contains("cookie");
    }
}
