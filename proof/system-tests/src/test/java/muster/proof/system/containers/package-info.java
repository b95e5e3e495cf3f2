/**
 * The images as their users meet them: built on a plain base, run by podman on a network of their own. Where podman cannot run a container,
 * these tests say why and are skipped.
 */
@NullMarked
package muster.proof.system.containers;

import org.jspecify.annotations.NullMarked;
