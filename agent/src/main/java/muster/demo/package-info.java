/**
 * {@code muster demo}: the main job, seen in a minute. Real processes on loopback under a steady load, and a story of joins,
 * crashes, freezes and leaves that must not fail one request.
 *
 * <p>Everything is driven and observed from outside, as a user would: processes through the launcher and signals, the cluster
 * over RPC, the balancer by its JSON page and by the answers it gives. Nothing here reaches into a running node.
 *
 * <p>Start reading at {@link muster.demo.Demo}; the plot is {@link muster.demo.Story}.
 */
@NullMarked
package muster.demo;

import org.jspecify.annotations.NullMarked;
