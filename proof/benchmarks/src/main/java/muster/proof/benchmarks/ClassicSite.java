package muster.proof.benchmarks;

import muster.proof.harness.Member;
import muster.proof.harness.Program;
import muster.proof.harness.SerfAgent;
import muster.proof.harness.Stage;
import muster.proof.harness.WebApp;

/**
 * What Muster replaces: a serf agent whose handler script renders HAProxy's configuration from the members and reloads it
 * hitlessly ({@code -sf}); on each machine the app and a serf agent side by side. HAProxy checks each app every second.
 */
record ClassicSite(Stage stage, String address, SerfAgent agent) implements Site {

    private static final int APP_PORT = 23_000;

    static ClassicSite start(Stage stage) {
        var listen = stage.address() + ":8080";
        var agent = stage.serf("haproxy-host");
        stage.file("classic-head.cfg", """
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
        var handler = stage.file("classic-handler.sh", """
                cat > /dev/null
                cd %s
                exec 9> classic.lock; flock 9
                {
                    cat classic-head.cfg
                    serf members -rpc-addr=%s -status=alive -tag role=backend |
                        while read -r name address rest; do echo "  server $name ${address%%:*}:%d"; done
                } > classic.cfg.new
                haproxy -c -q -f classic.cfg.new || exit 1
                mv classic.cfg.new classic.cfg
                haproxy -D -f classic.cfg -p classic.pid -sf $(cat classic.pid) 9>&-
                """.formatted(stage.directory(), agent.rpcAddress(), APP_PORT));
        stage.file("classic.pid", "");
        agent.with("-event-handler=member-join,member-leave,member-failed,member-update=sh " + handler)
                .start();
        return new ClassicSite(stage, listen, agent);
    }

    @Override
    public String label() {
        return "classic";
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
