"""The Kubernetes manifests: valid by Kubernetes' own schemas, and no pod asks for more than `restricted` allows."""

import shutil
import subprocess
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

OVERLAYS = Path(__file__).parents[2] / "deploy" / "kubernetes" / "overlays"
#: The first version whose StatefulSets tell a pod its number, and a late one.
VERSIONS = ("1.28", "1.37")
#: What a pod may mount under the standard `restricted`, by Kubernetes' page "Pod Security Standards".
VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}

Thing = dict[str, Any]


@pytest.fixture(scope="module", params=["replicas", "one-node"])
def things(request: pytest.FixtureRequest) -> list[Thing]:
    """All that an overlay makes."""
    return rendered(request.param)


@cache
def rendered(overlay: str) -> list[Thing]:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("no kubectl in PATH: the manifests cannot be put together")
    made = subprocess.run(  # noqa: S603 # our own words
        [kubectl, "kustomize", str(OVERLAYS / overlay)], capture_output=True, text=True, check=False
    )
    assert (made.returncode, made.stderr) == (0, "")
    return list(yaml.safe_load_all(made.stdout))


def pods(things: list[Thing]) -> Iterator[tuple[str, Thing]]:
    """The name and the pod template of whatever runs pods."""
    for thing in things:
        spec = thing.get("spec", {})
        template = spec.get("template") or spec.get("jobTemplate", {}).get("spec", {}).get("template")
        if template:
            yield f"{thing['kind']} {thing['metadata']['name']}", template


def test_each_thing_is_valid_by_the_schemas(things: list[Thing]) -> None:
    for thing in things:
        for version in VERSIONS:
            kubernetes_validate.validate(thing, version, strict=True)


def test_a_slip_is_not_valid(things: list[Thing]) -> None:
    slip = deepcopy(next(thing for thing in things if thing["kind"] == "Deployment"))
    slip["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(slip, VERSIONS[-1], strict=True)


def unrestricted(pod: Thing) -> list[str]:
    """What in a pod's spec the pod security standard `restricted` refuses, or our own rules beside it."""
    held = pod.get("securityContext", {})
    found = [name for name in ("hostNetwork", "hostPID", "hostIPC") if pod.get(name)]
    if not held.get("runAsNonRoot") or not held.get("runAsUser"):
        found.append("it may run as root")
    if held.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost"):
        found.append("no seccomp profile")
    if pod.get("automountServiceAccountToken") is not False:
        found.append("it holds a token of the cluster")
    for volume in pod.get("volumes", ()):
        found += [f"a volume of the kind {kind}" for kind in volume.keys() - {"name"} - VOLUMES]
    for container in [*pod.get("initContainers", ()), *pod["containers"]]:
        found += _unrestricted_container(container)
    return found


def _unrestricted_container(container: Thing) -> list[str]:
    held = container.get("securityContext", {})
    found = [f"a port of the host: {port}" for port in container.get("ports", ()) if port.get("hostPort")]
    if held.get("allowPrivilegeEscalation") is not False or held.get("privileged"):
        found.append("it may gain rights")
    if held.get("capabilities") != {"drop": ["ALL"]}:
        found.append("it keeps capabilities")
    if held.get("runAsUser") == 0 or held.get("runAsNonRoot") is False or "seccompProfile" in held:
        found.append("it undoes what the pod says")
    if held.get("readOnlyRootFilesystem") is not True:
        found.append("its root can be written")
    if not container.get("resources", {}).get("limits", {}).get("memory"):
        found.append("no limit of memory")
    return found


def test_no_pod_asks_for_more_than_restricted_allows(things: list[Thing]) -> None:
    namespace = next(thing for thing in things if thing["kind"] == "Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    found = {name: unrestricted(template["spec"]) for name, template in pods(things)}
    assert found
    assert {name: faults for name, faults in found.items() if faults} == {}


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("hostNetwork",), True),
        (("securityContext", "runAsNonRoot"), False),
        (("securityContext", "seccompProfile"), {"type": "Unconfined"}),
        (("volumes", 0), {"name": "tmp", "hostPath": {"path": "/"}}),
        (("containers", 0, "securityContext", "privileged"), True),
        (("containers", 0, "securityContext", "capabilities"), {"drop": ["ALL"], "add": ["NET_ADMIN"]}),
        (("containers", 0, "securityContext", "runAsUser"), 0),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_what_is_not_restricted_is_found(things: list[Thing], place: tuple[str | int, ...], value: object) -> None:
    _, template = next(pods(things))
    pod = deepcopy(template["spec"])
    here: Any = pod
    for step in place[:-1]:
        here = here[step]
    here[place[-1]] = value
    assert len(unrestricted(pod)) == 1


def test_whatever_serves_is_probed_and_reached_by_a_policy(things: list[Thing]) -> None:
    policies = [thing["spec"] for thing in things if thing["kind"] == "NetworkPolicy"]
    assert {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]} in policies
    for thing in things:
        if thing["kind"] not in ("Deployment", "StatefulSet"):
            continue
        template = thing["spec"]["template"]
        (container,) = template["spec"]["containers"]
        probes = {name: container[name]["httpGet"]["path"] for name in container if name.endswith("Probe")}
        assert probes == {"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"}
        labels = template["metadata"]["labels"].items()
        assert thing["spec"]["selector"]["matchLabels"].items() <= labels
        out = [one for one in policies if "Egress" in one["policyTypes"] and one["podSelector"]]
        assert all(one["podSelector"]["matchLabels"].items() <= labels for one in out)


def test_every_replicated_role_outlives_a_rolling_restart_and_a_drained_node() -> None:
    things = rendered("replicas")
    budgets = {one["metadata"]["name"] for one in things if one["kind"] == "PodDisruptionBudget"}
    roles = {one["metadata"]["name"]: one["spec"] for one in things if one["kind"] in ("Deployment", "StatefulSet")}
    assert set(roles) == {"slack", "discord", "digests-slack", "digests-discord"}
    assert budgets == set(roles) - {"digests-discord"}  # which is one, and may be away for a moment
    for name in ("slack", "digests-slack"):
        assert roles[name]["replicas"] >= 2
        assert roles[name]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


def test_there_are_as_many_discord_pods_as_shards_and_each_is_told_its_own() -> None:
    (spec,) = (one["spec"] for one in rendered("replicas") if one["kind"] == "StatefulSet")
    (container,) = spec["template"]["spec"]["containers"]
    words = container["args"]
    assert words[words.index("--shard-count") + 1] == str(spec["replicas"])
    assert words[words.index("--shards") + 1] == "$(SHARD)"
    shard = next(one for one in container["env"] if one["name"] == "SHARD")
    assert shard["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.labels['apps.kubernetes.io/pod-index']"


def test_each_platform_has_digest_processes_of_its_own_and_discord_only_one() -> None:
    roles = {one["metadata"]["name"]: one["spec"] for one in rendered("replicas") if one["kind"] == "Deployment"}
    unset = {
        name: {one["name"] for one in roles[name]["template"]["spec"]["containers"][0]["env"] if one["value"] == ""}
        for name in ("digests-slack", "digests-discord")
    }
    assert unset == {"digests-slack": {"DISCORD_TOKEN"}, "digests-discord": {"SLACK_BOT_TOKEN", "SLACK_CLIENT_ID"}}
    assert (roles["digests-discord"]["replicas"], roles["digests-discord"]["strategy"]) == (1, {"type": "Recreate"})


def test_only_what_slack_and_browsers_need_is_reachable_from_outside() -> None:
    (ingress,) = (one["spec"] for one in rendered("replicas") if one["kind"] == "Ingress")
    paths = [(path["path"], path["pathType"]) for rule in ingress["rules"] for path in rule["http"]["paths"]]
    assert paths == [("/slack/", "Prefix"), ("/privacy", "Exact")]
    assert [host for one in ingress["tls"] for host in one["hosts"]] == [rule["host"] for rule in ingress["rules"]]


@pytest.mark.parametrize(("restore", "into"), [("restore", "replicas"), ("restore-one-node", "one-node")])
def test_a_backup_is_restored_from_where_it_was_put(restore: str, into: str) -> None:
    (job,) = rendered(restore)
    for version in VERSIONS:
        kubernetes_validate.validate(job, version, strict=True)
    pod = job["spec"]["template"]["spec"]
    assert unrestricted(pod) == []
    claims = {one["metadata"]["name"] for one in rendered(into) if one["kind"] == "PersistentVolumeClaim"}
    assert {one["persistentVolumeClaim"]["claimName"] for one in pod["volumes"] if one["name"] == "backups"} <= claims
    running = [template["spec"]["containers"][0] for _, template in pods(rendered(into))]
    (container,) = pod["containers"]
    assert container["image"] in {one["image"] for one in running}
    assert container["envFrom"] in [one["envFrom"] for one in running]
    names = {one["name"]: one["value"].rpartition("/")[2] for one in container["env"]}
    there = {one["name"]: one.get("value", "").rpartition("/")[2] for each in running for one in each.get("env", ())}
    assert names.get("DATABASE_URL") == there.get("DATABASE_URL")  # the file's name, where the database is one


def test_where_every_proxy_is_believed_slack_is_reached_by_the_ingress_alone() -> None:
    things = rendered("replicas")
    (settings,) = (one["data"] for one in things if one["kind"] == "ConfigMap")
    assert settings["CAREERBOT_TRUSTED_PROXIES"] == "*"
    policies = [one["spec"] for one in things if one["kind"] == "NetworkPolicy" and one["spec"].get("ingress")]
    sources = [source for one in policies for rule in one["ingress"] for source in rule["from"]]
    names = {one["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] for one in sources}
    assert names == {"ingress", "monitoring"}


def test_a_sqlite_file_has_one_pod_at_a_time() -> None:
    (spec,) = (one["spec"] for one in rendered("one-node") if one["kind"] == "Deployment")
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
