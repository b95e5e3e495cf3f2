/** Who is alive, and what did they say: the pure core that speaks memberlist's and Serf's protocol. */
module muster.gossip {
    requires static transitive org.jspecify;

    exports muster.gossip;
    exports muster.gossip.wire;
}
