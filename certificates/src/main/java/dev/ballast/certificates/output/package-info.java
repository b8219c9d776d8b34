/**
 * What kubectl and kubeadm call output formats: JSON, YAML, jsonpath and go-template over one
 * value. Start reading at {@link dev.ballast.certificates.output.Printer}.
 */
@NullMarked
package dev.ballast.certificates.output;

import org.jspecify.annotations.NullMarked;
