package muster.proof.benchmarks;

import muster.proof.harness.Member;
import muster.proof.harness.MusterNode;
import muster.proof.harness.Program;
import muster.proof.harness.Stage;

/** {@code muster balance}, and {@code muster run} on each machine. */
record MusterSite(Stage stage, String label, MusterNode node) implements Site {

    static MusterSite start(Stage stage, String label, String... flags) {
        return new MusterSite(
                stage, label, stage.balancer(label + "-host").with(flags).start());
    }

    @Override
    public String address() {
        return node.listenAddress();
    }

    @Override
    public Member balancer() {
        return node;
    }

    @Override
    public Site.Machine add(String name) {
        return new Machine(stage.app(name).joining(node).launch());
    }

    private record Machine(MusterNode node) implements Site.Machine {

        @Override
        public Member member() {
            return node;
        }

        @Override
        public Program app() {
            return node.program();
        }

        @Override
        public void kill() {
            node.kill();
        }

        @Override
        public void freeze() {
            node.freeze();
        }

        @Override
        public void thaw() {
            node.thaw();
        }

        @Override
        public void stop() {
            node.leave();
        }
    }
}
