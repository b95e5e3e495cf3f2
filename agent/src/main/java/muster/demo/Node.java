package muster.demo;

/**
 * One node of the demo's cluster; everything listens on 127.0.0.1.
 *
 * @param rpcPort where it answers Serf's RPC
 * @param appPort where its app listens; the balancer's own port for the balancer; 0 for none
 */
record Node(String name, Role role, int gossipPort, int rpcPort, int appPort) {
    enum Role {
        /** Balances. */
        BALANCER,
        /** A member that others use to join. */
        SEED,
        /** {@code muster run} with the web app. */
        APP,
        /** A real Serf agent, with the web app started by hand. */
        SERF
    }

    String gossipAddress() {
        return "127.0.0.1:" + gossipPort;
    }

    String rpcAddress() {
        return "127.0.0.1:" + rpcPort;
    }
}
