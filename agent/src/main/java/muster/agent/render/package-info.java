/**
 * Files that follow the members: settings become targets, members become a model, and a thread for each target renders,
 * checks, writes and applies. Used by the commands that stay, which ask their own node, and by {@code muster render}, which
 * asks an agent by RPC.
 */
@NullMarked
package muster.agent.render;

import org.jspecify.annotations.NullMarked;
