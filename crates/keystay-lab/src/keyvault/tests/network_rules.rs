//! Firewall and private access.

use super::{
    super::{
        Bypass, ClientNetwork, DefaultAction, IpRule, NetworkAcls, PrivateEndpoint, PrivateEndpointConnection,
        PrivateEndpointConnectionProperties, PrivateLinkState, PrivateLinkStatus, PublicNetworkAccess,
        VirtualNetworkRule,
    },
    *,
};

const SUBNET: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/app";

fn firewall(bench: &Bench, bypass: Bypass, addresses: &[&str]) {
    let ip_rules = addresses.iter().map(|value| IpRule { value: (*value).to_owned() }).collect();
    let rule = VirtualNetworkRule { id: SUBNET.to_owned(), ignore_missing_vnet_service_endpoint: None };
    let acls = NetworkAcls { bypass, default_action: DefaultAction::Deny, ip_rules, virtual_network_rules: vec![rule] };
    bench.vaults.configure(HOST, |properties| properties.network_acls = Some(acls)).unwrap();
}

impl Bench {
    async fn inner_from(&self, network: ClientNetwork) -> String {
        *self.vaults.client_network.write() = network;
        self.get("/keys").await.inner().to_owned()
    }
}

fn from(address: &str) -> ClientNetwork {
    ClientNetwork { address: address.parse().unwrap(), ..ClientNetwork::default() }
}

#[tokio::test]
async fn the_firewall_lets_in_whom_its_rules_name() {
    let bench = Bench::new();
    firewall(&bench, Bypass::AzureServices, &["198.51.100.7", "203.0.113.0/28"]);
    for (address, inner) in [
        ("198.51.100.7", ""),
        ("203.0.113.15", ""),
        ("203.0.113.16", "ForbiddenByFirewall"),
        ("2001:db8::1", "ForbiddenByFirewall"),
    ] {
        assert_eq!(bench.inner_from(from(address)).await, inner, "{address}");
    }
    let by_subnet = ClientNetwork { subnet: Some(SUBNET.to_uppercase()), ..from("192.0.2.1") };
    assert_eq!(bench.inner_from(by_subnet).await, "");
    let trusted = ClientNetwork { trusted_service: true, ..from("192.0.2.1") };
    assert_eq!(bench.inner_from(trusted.clone()).await, "");
    firewall(&bench, Bypass::None, &[]);
    assert_eq!(bench.inner_from(trusted).await, "ForbiddenByFirewall");
}

#[tokio::test]
async fn the_firewalls_refusal_names_address_caller_and_vault() {
    let bench = Bench::new();
    firewall(&bench, Bypass::AzureServices, &[]);
    let answer = bench.get("/keys").await;
    assert_eq!(
        (answer.status, answer.code(), answer.inner()),
        (StatusCode::FORBIDDEN, "Forbidden", "ForbiddenByFirewall")
    );
    let lines: Vec<&str> = answer.message().split("\r\n").collect();
    assert_eq!(lines[0], "Client address is not authorized and caller is not a trusted service.");
    assert_eq!(lines[1], "Client address: 203.0.113.10");
    assert!(lines[2].starts_with("Caller: appid=") && lines[2].contains(&format!("oid={OWNER}")), "{}", lines[2]);
    assert_eq!(lines[3], "Vault: harborvault;location=westeurope");
    let network = answer.headers["x-ms-keyvault-network-info"].to_str().unwrap();
    assert!(network.contains("addr=203.0.113.10;"), "{network}");
    let unknown = bench.send("", "GET", &versioned("/keys"), None).await;
    assert_eq!(unknown.status, StatusCode::UNAUTHORIZED, "who calls is asked first");
}

#[tokio::test]
async fn a_vault_without_a_public_side_is_reached_by_an_approved_endpoint_only() {
    let bench = Bench::new();
    let connect = |status| {
        let state = PrivateLinkState { status, description: None, actions_required: None };
        let properties = PrivateEndpointConnectionProperties {
            private_endpoint: PrivateEndpoint::default(),
            private_link_service_connection_state: state,
            provisioning_state: "Succeeded".into(),
        };
        bench
            .vaults
            .configure(HOST, |vault| {
                vault.public_network_access = PublicNetworkAccess::Disabled;
                vault.private_endpoint_connections =
                    vec![PrivateEndpointConnection { id: String::new(), properties: properties.clone() }];
            })
            .unwrap();
    };
    connect(PrivateLinkStatus::Pending);
    let private = ClientNetwork { private_endpoint: true, ..from("10.0.0.4") };
    assert_eq!(bench.inner_from(private.clone()).await, "ForbiddenByConnection");
    connect(PrivateLinkStatus::Approved);
    assert_eq!(bench.inner_from(private).await, "");
    assert_eq!(bench.inner_from(ClientNetwork::default()).await, "ForbiddenByConnection");
    assert_eq!(bench.inner_from(ClientNetwork { trusted_service: true, ..from("192.0.2.1") }).await, "");
}
