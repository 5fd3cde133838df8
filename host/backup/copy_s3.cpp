#include <cctype>
#include <cstdlib>

#include "backup/copy.h"
#include "base/text.h"
#include "sys/files.h"
#include "sys/http.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr std::int64_t kLargestObject = std::int64_t{5} << 30;  // what S3 takes in one request

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

AwsSigning signing() {
  AwsSigning keys;
  keys.access_key = variable("AWS_ACCESS_KEY_ID");
  keys.secret_key = variable("AWS_SECRET_ACCESS_KEY");
  keys.session_token = variable("AWS_SESSION_TOKEN");
  for (const char* name : {"AWS_DEFAULT_REGION", "AWS_REGION"}) {
    if (const std::string region = variable(name); !region.empty()) keys.region = region;
  }
  if (keys.access_key.empty() || keys.secret_key.empty()) {
    throw Error(ErrorKind::kConfig, "a copy to S3 needs the variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
  }
  return keys;
}

std::string encoded(const std::string& path) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || std::string_view("/-._~").find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

class S3Folder {
 public:
  S3Folder(const std::string& bucket_and_prefix, const std::string& label) : keys_(signing()) {
    std::string endpoint = variable("AWS_ENDPOINT_URL");
    if (endpoint.empty()) endpoint = cat("https://s3.", keys_.region, ".amazonaws.com");
    while (ends_with(endpoint, "/")) endpoint.pop_back();
    std::string path = bucket_and_prefix;
    while (ends_with(path, "/")) path.pop_back();
    url_ = cat(endpoint, "/", encoded(cat(path, "/", label, "/")));
  }

  bool has(const std::string& name) { return send("HEAD", name, "").status == 200; }

  // The signature covers the digest of the file, which the store compares with what arrived: what it accepts is right.
  void put(const std::string& name, const std::string& file) {
    const HttpResponse response = send("PUT", name, file);
    if (response.status == 200) return;
    throw Error(ErrorKind::kIo, cat("the store refused ", name, " with ", response.status, ": ", trim(response.body)));
  }

 private:
  HttpResponse send(const char* method, const std::string& name, const std::string& file) {
    HttpRequest request;
    request.method = method;
    request.url = url_ + encoded(name);
    request.aws = keys_;
    request.body_file = file;
    request.ca = variable("AWS_CA_BUNDLE");
    request.timeout_ms = 0;
    request.retries = 3;
    return client_.send(request);
  }

  AwsSigning keys_;
  std::string url_;
  HttpClient client_;
};

}  // namespace

void copy_to_s3(const BackupContext& context, const StoredBackup& backup, const std::string& bucket_and_prefix) {
  const Manifest& manifest = *backup.manifest;
  for (const BackupFile& file : manifest.files) {
    if (file.size <= kLargestObject) continue;
    throw Error(ErrorKind::kIo, cat(file.name, " is larger than the 5 GiB that S3 takes at once"))
        .advise("tide backup create --format directory: a file for each table");
  }
  S3Folder folder(bucket_and_prefix, backup.label);
  const std::string manifest_name = base_name(kManifestFile);
  if (folder.has(manifest_name)) {
    throw Error(ErrorKind::kIo, cat("there is a backup '", backup.label, "' in s3://", bucket_and_prefix, " already"));
  }
  std::int64_t done = 0;
  for (const BackupFile& file : manifest.files) {
    folder.put(file.name, cat(backup.folder, "/", file.name));
    context.progress(cat("copy ", backup.label, " to S3"), done += file.size, manifest.size());
  }
  const std::string proof = cat(backup.folder, "/proof.json");
  if (is_file(proof)) folder.put("proof.json", proof);
  folder.put(manifest_name, backup.folder + kManifestFile);  // last: without it there is no backup
}

}  // namespace tide
