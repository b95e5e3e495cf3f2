package muster.proof.benchmarks;

import java.util.List;
import muster.proof.harness.Member;
import muster.proof.harness.Program;
import muster.proof.harness.SerfAgent;
import muster.proof.harness.Stage;
import muster.proof.harness.WebApp;

/**
 * What Muster replaces: a serf agent and a script that renders HAProxy's configuration from the members and reloads it
 * hitlessly ({@code -sf}); on each machine the app and a serf agent side by side. HAProxy checks each app every second.
 * The script is the handler of the agent's events, or asks for the members once a second, as consul-template and its like do
 * by default or where nothing tells them of changes.
 */
record ClassicSite(Stage stage, String label, String address, SerfAgent agent) implements Site {

    private static final int APP_PORT = 23_000;

    static ClassicSite byHandlers(Stage stage) {
        var site = prepare(stage, "classic");
        site.agent
                .with("-event-handler=member-join,member-leave,member-failed,member-update=sh "
                        + stage.directory().resolve("classic-render.sh"))
                .start();
        return site;
    }

    static ClassicSite byPolling(Stage stage) {
        var site = prepare(stage, "polling");
        site.agent.start();
        stage.start(
                "poller",
                List.of(
                        "sh",
                        "-c",
                        "while sleep 1; do sh " + stage.directory().resolve("polling-render.sh")
                                + " </dev/null; done"));
        return site;
    }

    private static ClassicSite prepare(Stage stage, String label) {
        var listen = stage.address() + ":8080";
        var agent = stage.serf(label + "-host");
        stage.file(label + "-head.cfg", """
                global
                  nbthread 1
                defaults
                  mode http
                  timeout connect 1s
                  timeout client 60s
                  timeout server 60s
                  retries 3
                  option redispatch 1
                  retry-on conn-failure empty-response
                  option httpchk GET /health
                  default-server check inter 1s fall 2 rise 1
                frontend in
                  bind %s
                  default_backend web
                backend web
                """.formatted(listen));
        stage.file(label + "-render.sh", """
                cat > /dev/null
                cd %s
                exec 9> NAME.lock; flock 9
                {
                    cat NAME-head.cfg
                    serf members -rpc-addr=%s -status=alive -tag role=backend | grep -v state=draining | sort |
                        while read -r name address rest; do echo "  server $name ${address%%:*}:%d"; done
                } > NAME.cfg.new
                cmp -s NAME.cfg.new NAME.cfg && exit
                haproxy -c -q -f NAME.cfg.new || exit 1
                mv NAME.cfg.new NAME.cfg
                haproxy -D -f NAME.cfg -p NAME.pid -sf $(cat NAME.pid) 9>&-
                """.formatted(stage.directory(), agent.rpcAddress(), APP_PORT)
                .replace("NAME", label));
        stage.file(label + ".pid", "");
        return new ClassicSite(stage, label, listen, agent);
    }

    @Override
    public Member balancer() {
        return agent;
    }

    @Override
    public Site.Machine add(String name) {
        var serf = stage.serf(name).with("-tag=role=backend", "-join=" + agent.gossipAddress());
        var app = stage.start("app of " + name, WebApp.command(name, serf.host(), APP_PORT));
        serf.start();
        return new Machine(serf, app);
    }

    private record Machine(SerfAgent serf, Program app) implements Site.Machine {

        @Override
        public Member member() {
            return serf;
        }

        @Override
        public void kill() {
            app.kill();
            serf.kill();
        }

        @Override
        public void freeze() {
            app.signal("STOP");
            serf.program().signal("STOP");
        }

        @Override
        public void thaw() {
            serf.program().signal("CONT");
            app.signal("CONT");
        }

        @Override
        public void stop() {
            serf.program().signal("INT");
            app.signal("TERM");
            serf.program().awaitExit();
            app.awaitExit();
        }
    }
}
