package muster.gossip.planted;

import muster.proof.architecture.Breaks;

@Breaks("gossip_knows_only_the_jdk")
public final class KnowsNetty {
    io.netty.channel.Channel channel;
}
