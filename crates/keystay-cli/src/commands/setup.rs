//! `keystay setup`

use keystay::{Cloud, Transport, Vault};
use keystay_lifecycle::{
    Remote,
    setup::{Done, LogSettings, Plan, SettingsError, Setup, SetupError, SetupSettings, printed},
    vault::SigningCertificate,
};
use serde_json::json;

use crate::{
    args::{SetupArguments, WantedSetup},
    diagnostics::Failure,
    printer::Printer,
};

pub(super) async fn run(arguments: &SetupArguments, printer: &mut Printer) -> Result<(), Failure> {
    let settings = settings(&arguments.wanted)?;
    if let Some(form) = arguments.print {
        let text = printed::print(&settings, form)
            .map_err(|error| Failure::usage("this setup cannot be printed").because(error))?;
        return printer.raw(text.as_bytes());
    }
    let setup = connect(arguments, settings.clone())?;
    if !arguments.yes {
        let (_, plan) = setup.plan().await?;
        return tell(&plan, arguments.json, printer);
    }
    let done = setup.run(&progress).await?;
    if arguments.json {
        return printer.data(json!({ "done": done.steps, "ids": done.ids, "settings": variables(&done, &settings) }));
    }
    tell_done(&done, &settings, printer)
}

/// One line per step and wait, as it happens.
fn progress(words: &str) {
    Printer::new().note(words);
}

/// What the arguments ask for.
fn settings(wanted: &WantedSetup) -> Result<SetupSettings, Failure> {
    let mut settings = SetupSettings::new(
        wanted.cloud.clone(),
        wanted.vault_id.clone(),
        &wanted.certificate,
        &wanted.app_name,
        wanted.signer,
    )?;
    settings.certificate.months = wanted.months;
    settings.certificate.key_size = wanted.key_size.parse().unwrap_or(settings.certificate.key_size);
    settings.certificate.hardware = wanted.hardware;
    settings.app.permissions.clone_from(&wanted.permissions);
    settings.app.works_at_home = wanted.works_at_home;
    settings.role.name.clone_from(&wanted.role_name);
    if let Some(workspace) = &wanted.workspace {
        let mut log = LogSettings::new(workspace.clone())?;
        log.name.clone_from(&wanted.log_name);
        settings.log = Some(log);
    }
    Ok(settings)
}

fn connect(arguments: &SetupArguments, settings: SetupSettings) -> Result<Setup, Failure> {
    let transport = Transport::default();
    let credential = arguments.operator.connect(&transport).map_err(|error| {
        Failure::usage(format_args!("there is no way to sign in as `{}` here", arguments.operator)).because(error)
    })?;
    let vault = Vault::new(&settings.vault_url, credential.clone(), transport.clone())?;
    let signer = SigningCertificate::new(vault, &settings.certificate.name)?;
    Ok(Setup::new(settings, signer, Remote::new(transport, credential)))
}

/// What was found and what would be done.
fn tell(plan: &Plan, json: bool, printer: &mut Printer) -> Result<(), Failure> {
    if json {
        printer.data(json!(plan))?;
    } else {
        printer.title("as it should be")?;
        lines(&plan.ready, printer)?;
        printer.title("\nto do")?;
        if plan.steps.is_empty() {
            printer.data("  nothing")?;
        }
        for (number, step) in plan.steps.iter().enumerate() {
            printer.data(format_args!("  {}. {step}", number + 1))?;
        }
        for note in &plan.notes {
            printer.warning(note);
        }
    }
    if !plan.in_the_way.is_empty() {
        return Err(SetupError::InTheWay(plan.in_the_way.clone()).into());
    }
    if !plan.steps.is_empty() && !json {
        printer.note("\nnothing was changed; add --yes to do it");
    }
    Ok(())
}

fn lines(words: &[String], printer: &mut Printer) -> Result<(), Failure> {
    if words.is_empty() {
        printer.data("  nothing yet")?;
    }
    words.iter().try_for_each(|line| printer.data(format_args!("  {line}")))
}

/// The settings of programs that use what was set up, as variables.
fn variables(done: &Done, settings: &SetupSettings) -> serde_json::Map<String, serde_json::Value> {
    let mut variables = serde_json::Map::new();
    let mut set = |name: &str, value: String| variables.insert(format!("KEYSTAY_{name}"), value.into());
    set("CLIENT_ID", done.ids.client_id.to_string());
    if let Some(cloud) = cloud(&settings.cloud) {
        set("CLOUD", cloud.to_owned());
    }
    if let Some(credential) = &done.ids.vault_credential {
        set("VAULT_CREDENTIAL", credential.clone());
    }
    set("KEY_VAULT", settings.vault_url.to_string());
    set("KEY_CERTIFICATE", settings.certificate.name.clone());
    set("REFUSE_EXPORTABLE", "true".to_owned());
    variables
}

/// As settings name a cloud that is not the usual one.
fn cloud(cloud: &Cloud) -> Option<&'static str> {
    match cloud {
        Cloud::UsGovernment => Some("usgovernment"),
        Cloud::China => Some("china"),
        _ => None,
    }
}

fn tell_done(done: &Done, settings: &SetupSettings, printer: &mut Printer) -> Result<(), Failure> {
    printer.note(if done.steps.is_empty() { "nothing to do" } else { "done" });
    let ids = &done.ids;
    printer.data(format_args!("# key {}", ids.key_id))?;
    printer.data(format_args!("# registered certificate {} (x5t {})", ids.certificate_id, ids.x5t))?;
    printer.data(format_args!("# role {}", ids.role_id))?;
    printer.data(format_args!("client_id = \"{}\"", ids.client_id))?;
    if let Some(cloud) = cloud(&settings.cloud) {
        printer.data(format_args!("cloud = \"{cloud}\""))?;
    }
    if let Some(credential) = &ids.vault_credential {
        printer.data(format_args!("vault_credential = \"{credential}\""))?;
    }
    printer.data("refuse_exportable = true")?;
    printer.data("\n[key]")?;
    printer.data(format_args!("vault = \"{}\"", settings.vault_url))?;
    printer.data(format_args!("certificate = \"{}\"", settings.certificate.name))?;
    printer.note(
        "\nthis is a keystay.toml; --json has the same as variables. A new role takes up to 10 minutes to work.\n\
         next: customers consent (`keystay onboard link`), then a token: `keystay token --tenant CUSTOMER`",
    );
    Ok(())
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        Self::usage(error)
    }
}

impl From<SetupError> for Failure {
    fn from(error: SetupError) -> Self {
        let hint = error.hint();
        match error {
            SetupError::InTheWay(obstacles) => {
                let mut failure = Self::usage("something is in the way, and is left as it is");
                for obstacle in &obstacles {
                    failure = failure.cause(format_args!("{obstacle}; {}", obstacle.hint()));
                }
                failure
            }
            error => Self::failed(error).hint(hint),
        }
    }
}
