//! Tags, encryption, storage class and owner: what S3 is told of an object beside its bytes.

use aws_sdk_s3::types::{ServerSideEncryption, StorageClass, TaggingDirective};
use penstock_local::s3::Credentials;

use super::raw::{ACCESS_KEY, SECRET_KEY};
use super::{BUCKET, Server, folder, refused};

#[tokio::test]
async fn tags_encryption_and_class_go_with_an_object_and_its_copies() {
    let root = folder();
    let server = Server::start(root.path()).await;
    let put = || server.client.put_object().bucket(BUCKET).key("k").body(b"1".to_vec().into());
    let key = "arn:aws:kms:us-east-1:123456789012:key/k";
    let stored = put()
        .tagging("cost%20center=7&team=a%2Bb")
        .content_language("ja")
        .server_side_encryption(ServerSideEncryption::AwsKms)
        .ssekms_key_id(key)
        .bucket_key_enabled(true)
        .send()
        .await
        .expect("it is put");
    assert_eq!(stored.server_side_encryption(), Some(&ServerSideEncryption::AwsKms));
    assert_eq!((stored.ssekms_key_id(), stored.bucket_key_enabled()), (Some(key), Some(true)));
    let head = server.client.head_object().bucket(BUCKET).key("k").send().await.expect("it is there");
    assert_eq!((head.ssekms_key_id(), head.bucket_key_enabled()), (Some(key), Some(true)));
    assert_eq!(head.content_language(), Some("ja"));
    let object = server.client.get_object().bucket(BUCKET).key("k").send().await.expect("it is there");
    assert_eq!(object.tag_count(), Some(2));
    for (name, to, directive, given, expected) in [
        ("kept", "copy", None, "new=1", &[("cost center", "7"), ("team", "a+b")][..]),
        ("replaced", "copy", Some(TaggingDirective::Replace), "new=1", &[("new", "1")]),
        ("removed", "copy", Some(TaggingDirective::Replace), "", &[]),
    ] {
        let copy = server.client.copy_object().bucket(BUCKET).key(to).copy_source(format!("{BUCKET}/k"));
        copy.set_tagging_directive(directive).tagging(given).send().await.expect(name);
        let tags = server.client.get_object_tagging().bucket(BUCKET).key(to).send().await.expect(name);
        let tags: Vec<_> = tags.tag_set().iter().map(|tag| (tag.key(), tag.value())).collect();
        assert_eq!(tags, expected, "{name}");
    }
    assert_eq!(refused(put().tagging("a=1&a=2").send().await), (400, "InvalidArgument".to_owned()));
    assert_eq!(refused(put().tagging("a=%23").send().await), (400, "InvalidTag".to_owned()));
    assert_eq!(refused(put().ssekms_key_id(key).send().await), (400, "InvalidArgument".to_owned()));
    let snow = put().storage_class(StorageClass::Snow).send().await;
    assert_eq!(refused(snow), (400, "InvalidStorageClass".to_owned()));
    server.stop().await;
}

#[tokio::test]
async fn a_bucket_is_its_accounts_alone() {
    let root = folder();
    for (name, account, expected, answer) in [
        ("the owner", Some("123456789012"), "123456789012", None),
        ("another", Some("123456789012"), "210987654321", Some((403, "AccessDenied"))),
        ("no account", Some("123456789012"), "me", Some((400, "InvalidBucketOwnerAWSAccountID"))),
        ("nobody's", None, "210987654321", None),
    ] {
        let credentials = Credentials::new(ACCESS_KEY, SECRET_KEY);
        let credentials = account.into_iter().fold(credentials, Credentials::of_account);
        let server = Server::start_with(root.path(), credentials).await;
        let put = server.client.put_object().bucket(BUCKET).key("k").expected_bucket_owner(expected).send().await;
        match answer {
            None => drop(put.expect(name)),
            Some((status, code)) => assert_eq!(refused(put), (status, code.to_owned()), "{name}"),
        }
        let list = server.client.list_objects_v2().bucket(BUCKET).expected_bucket_owner(expected).send().await;
        assert_eq!(list.is_ok(), answer.is_none(), "{name}");
        server.stop().await;
    }
}
