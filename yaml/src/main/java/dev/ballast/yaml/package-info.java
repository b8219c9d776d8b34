/** YAML as a tree with positions. Start reading at {@link dev.ballast.yaml.Yaml}. */
@NullMarked
package dev.ballast.yaml;

import org.jspecify.annotations.NullMarked;
